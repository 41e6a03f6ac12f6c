import { getKernel, setBackend } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { registerTrainingKernels } from '../src/index.ts'
import { supportedInstructions } from '../src/binary.ts'

it('imported before the backend starts, the kernels are there when it has started', async () => {
  await import('../src/register.ts')
  expect(registerTrainingKernels().mode).toBe(supportedInstructions())
  expect(getKernel('PtuMix', 'wasm')).toBeUndefined()
  await setBackend('wasm')
  expect(getKernel('PtuMix', 'wasm')).toBeDefined()
  const registration = registerTrainingKernels()
  await setBackend('cpu')
  await setBackend('wasm')
  expect(registerTrainingKernels()).toBe(registration)
})
