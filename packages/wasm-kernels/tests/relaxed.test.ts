import { setFlagsFromString } from 'node:v8'
import { expect, it } from 'vitest'
import { supportedInstructions } from '../src/binary.ts'

// Node 20 has relaxed SIMD behind a flag; the suites below then run on the second binary.
setFlagsFromString('--experimental-wasm-relaxed-simd')
await import('./invariants.test.ts')
await import('./generated.test.ts')
await import('./traps.test.ts')
await import('./fused.test.ts')
await import('./golden.test.ts')
await import('./sequences.test.ts')
await import('./mixed-conv.test.ts')
await import('./mixed-sequence.test.ts')

it('the suites of this file ran with fused multiply-add', () => {
  expect(supportedInstructions()).toBe('relaxed')
})
