import { setBackend } from '@tensorflow/tfjs-core'
import { expect, it, vi } from 'vitest'
import { registerTrainingKernels } from '../src/index.ts'
import { supportedInstructions } from '../src/binary.ts'

vi.mock('@tensorflow/tfjs-backend-wasm', async (original) => ({
  ...(await original<object>()),
  version_wasm: '4.99.0',
}))

it('a version of the backend that was not tested is used, and says so once', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
  await setBackend('wasm')
  const registration = registerTrainingKernels()
  registerTrainingKernels()
  expect(registration).toMatchObject({ mode: supportedInstructions(), backendVersion: '4.99.0', tested: false })
  expect(registration.warnings).toHaveLength(1)
  expect(registration.warnings[0]).toContain('not with 4.99.0')
  expect(warn.mock.calls).toStrictEqual([[registration.warnings[0]]])
  warn.mockRestore()
})
