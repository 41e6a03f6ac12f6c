import { conv2d, engine, maxPool, mean, train, type Scalar, type Tensor4D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { filled, filter, tenSteps } from './small-net.ts'
import { startKernels } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

describe('training', () => {
  it('follows cpu for ten steps of Adam', async () => {
    const expected = await tenSteps('cpu')
    const actual = await tenSteps('wasm')
    expect(expected[9]).toBeLessThan(expected[0] ?? 0)
    actual.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThan(1e-5)
    })
  })

  it('is the same bit for bit from run to run', async () => {
    expect(await tenSteps('wasm')).toStrictEqual(await tenSteps('wasm'))
  })
})

describe('the heap', () => {
  it('does not grow over 10,000 steps', () => {
    const { wasm } = engine().backend as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } }
    engine().startScope()
    const x = filled([1, 4, 4, 4], 1) as Tensor4D
    const weights = filter([3, 3, 4, 8], 2)
    const optimizer = train.sgd(1e-4)
    const loss = (): Scalar => {
      return mean(maxPool(conv2d(x, weights as never, 1, 'same'), 2, 2, 'valid'))
    }
    const steps = (count: number): void => {
      for (let i = 0; i < count; i++) optimizer.minimize(loss)
    }
    steps(500)
    const [bytes, tensors] = [wasm.HEAPU8.length, engine().memory().numTensors]
    steps(9500)
    expect(wasm.HEAPU8.length).toBe(bytes)
    expect(engine().memory().numTensors).toBe(tensors)
    weights.dispose()
    optimizer.dispose()
    engine().endScope()
  })
})
