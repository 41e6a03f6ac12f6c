import { engine } from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startKernels } from './support.ts'

/** Suites of tfjs-core (dist/ops/NAME_test.js) that run kernels of this package, forwards or in a gradient. */
const SUITES: readonly string[] = [
  'add',
  ...['avg_pool', 'batchnorm', 'clone', 'concat', 'conv1d', 'conv2d', 'conv2d_separable', 'conv2d_transpose'],
  ...['depthwise_conv2d', 'gather', 'mat_mul', 'max_pool', 'mean', 'moments', 'pool', 'relu', 'slice', 'slice1d'],
  ...['slice2d', 'slice3d', 'slice4d', 'split', 'stack', 'sum', 'tile', 'transpose', 'unsorted_segment_sum', 'unstack'],
  ...['fused/fused_conv2d', 'fused/fused_depthwise_conv2d', 'fused/fused_mat_mul', 'basic_lstm_cell', 'pad'],
]
/** Tests that are left out, and why. All but the last three fail on the stock WASM backend in the same way. */
const EXCLUDED: readonly (readonly [RegExp, string])[] = [
  [/complex/, 'the backend has no complex numbers'],
  [/NCHW/, 'the backend has no channels-first convolutions'],
  [/^tile .*string/, 'the stock kernel aborts on strings'],
  [/upcasts when dtypes dont match/, 'the stock kernel multiplies no int32'],
  [/broadcasted bias|2d bias|^fused .*gradient .* with bias$/, 'the stock kernel takes a bias of rank 1 only'],
  [/^gather gradient .*batchDims 1/, 'the stock GatherV2 reads out of bounds'],
  [/delayed (a?)sync read of sliced tensor has no mem leak/, 'counts data that the backend copies'],
  [/throws error on dilations > 1|^mean gradients throws for defined axis/, 'leaves tensors behind on every backend'],
  [/fractional outputs default rounding/, 'the stock kernel does not write outputs whose window is all padding'],
  [/^avgPool gradient .*p=explicit/, 'expects a gradient that is not the gradient: the divisor counts padding'],
  [/^conv2dTranspose input=8x8x8,output=4x4x8/, 'an input that does not fit the output is refused'],
]

interface Constraints {
  readonly browserOnly?: boolean
}

/** tfjs-core's harness without Jasmine: every suite on the WASM backend, inside an engine scope. */
vi.mock('@tensorflow/tfjs-core/dist/jasmine_util', () => ({
  ALL_ENVS: {},
  SYNC_BACKEND_ENVS: {},
  NODE_ENVS: {},
  BROWSER_ENVS: { browserOnly: true },
  CHROME_ENVS: { browserOnly: true },
  describeWithFlags: (name: string, { browserOnly }: Constraints, suite: (testEnv: object) => void) => {
    if (browserOnly === true) return
    describe(name, () => {
      beforeEach(() => {
        engine().startScope()
      })
      afterEach(() => {
        engine().endScope()
        engine().disposeVariables()
      })
      const test = (title: string, body: () => void | Promise<void>): void => {
        const excluded = EXCLUDED.some(([pattern]) => pattern.test(`${name} ${title}`))
        ;(excluded ? it.skip : it)(title, body)
      }
      Object.assign(globalThis, { it: test })
      suite({ name: 'wasm', backendName: 'wasm', isDataSync: true })
    })
  },
}))
Object.assign(globalThis, { describe, it, expect, beforeEach, beforeAll, afterEach, jasmine: {} })
expect.extend({ nothing: () => ({ pass: true, message: () => '' }) })

beforeAll(async () => {
  await startKernels()
})

for (const suite of SUITES) await import(`@tensorflow/tfjs-core/dist/ops/${suite}_test.js`)
