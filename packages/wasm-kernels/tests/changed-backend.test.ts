import { engine, getKernel, setBackend } from '@tensorflow/tfjs-core'
import { expect, it, vi } from 'vitest'
import { registerTrainingKernels } from '../src/index.ts'

it('a backend whose memory cannot be reached trains with composed kernels, with one warning', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
  await setBackend('wasm')
  const { wasm } = engine().backend as unknown as { readonly wasm: { asm: unknown } }
  wasm.asm = {}
  const registration = registerTrainingKernels()
  expect(registration.mode).toBe('composed')
  expect(registration.warnings[0]).toContain('the backend does not have wasm.asm.memory')
  expect(warn.mock.calls).toStrictEqual([[registration.warnings[0]]])
  expect(getKernel('Conv2DBackpropFilter', 'wasm')).toBeDefined()
  warn.mockRestore()
})
