import { getKernel, setBackend } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { registerTrainingKernels, type Registration } from '../src/index.ts'
import { webAssembly } from '../src/web-assembly.ts'
import { tenSteps } from './small-net.ts'

// An engine without SIMD: neither the backend's nor the own module's SIMD binary is valid.
const validate = vi.spyOn(webAssembly, 'validate').mockReturnValue(false)
const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
let registration: Registration

beforeAll(async () => {
  await setBackend('wasm')
  registration = registerTrainingKernels()
})

afterAll(() => {
  validate.mockRestore()
  warn.mockRestore()
})

it('without SIMD the composed kernels serve, with one warning', () => {
  registerTrainingKernels()
  expect(registration).toMatchObject({ mode: 'composed', tested: true })
  expect(registration.warnings).toHaveLength(1)
  const ours = warn.mock.calls.filter(([message]) => String(message).includes('@ptu/wasm-kernels'))
  expect(ours).toStrictEqual([[registration.warnings[0]]])
  expect(registration.warnings[0]).toContain('no WebAssembly SIMD')
})

it('without SIMD there are no fused kernels, so that callers compose', () => {
  for (const name of ['PtuMix', 'PtuAdam', 'PtuGru', 'PtuLstm', 'PtuBatchNorm']) {
    expect(getKernel(name, 'wasm'), name).toBeUndefined()
  }
})

it('without SIMD training follows cpu for ten steps', async () => {
  const expected = await tenSteps('cpu')
  const actual = await tenSteps('wasm')
  actual.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThan(1e-5)
  })
})
