import { setFlagsFromString } from 'node:v8'

import { describe, expect, it } from 'vitest'

import { instantiate, supportedInstructions, type InstructionSet } from '../src/binary.ts'
import type { Heap } from '../src/heap.ts'
import { webAssembly, type Memory } from '../src/web-assembly.ts'
import { poolWindow, withWindow } from '../src/window.ts'

// Node 20 has relaxed SIMD behind a flag.
setFlagsFromString('--experimental-wasm-relaxed-simd')

const sets: readonly InstructionSet[] = supportedInstructions() === 'relaxed' ? ['simd', 'relaxed'] : ['simd']
const binaries = sets.flatMap((set) => [false, true].map((shared) => ({ set, shared })))

const NewMemory = webAssembly.Memory as unknown as new (descriptor: {
  readonly initial: number
  readonly maximum: number
  readonly shared: boolean
}) => Memory

/** A heap of one page; addresses from 256 on are free. */
const heapOf = (shared: boolean): Heap => {
  const memory = new NewMemory({ initial: 1, maximum: shared ? 65536 : 1, shared })
  return { memory, borrow: (_bytes: number, use: (address: number) => unknown) => use(0) } as unknown as Heap
}

describe.each(binaries)('the binary of $set, in shared memory: $shared', ({ set, shared }) => {
  it('gives the gradient of max pooling to the first of equal inputs', () => {
    const heap = heapOf(shared)
    const exports = instantiate(set, heap)
    const shape = [1, 4, 4, 8]
    const [dy, x, y, dx] = [256, 512, 1280, 1536]
    new Float32Array(heap.memory.buffer, dy, 32).fill(1)
    withWindow(heap, poolWindow(shape, { filterSize: 2, strides: 2, pad: 'valid' }), (window) => {
      exports.maxPoolGradient(window, dy, x, y, dx)
    })
    const found = [...new Float32Array(heap.memory.buffer, dx, 128)]
    const isFirst = (i: number): boolean => Math.floor(i / 32) % 2 === 0 && Math.floor(i / 8) % 2 === 0
    expect(found).toStrictEqual(found.map((_, i) => (isFirst(i) ? 1 : 0)))
  })
})
