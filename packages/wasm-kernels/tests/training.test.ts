import {
  add,
  avgPool,
  concat,
  conv2d,
  depthwiseConv2d,
  engine,
  losses,
  matMul,
  maxPool,
  mean,
  relu,
  reshape,
  setBackend,
  split,
  tensor,
  train,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  type Variable,
} from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { noise, startKernels } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

const filled = (shape: readonly number[], seed: number): Tensor => tensor(noise(shape, seed).values, [...shape])
const filter = (shape: readonly number[], seed: number): Variable => {
  const values = noise(shape, seed).values.map((value) => 0.4 * value)
  return engine().tidy(() => tensor(values, [...shape]).variable())
}

interface Net {
  readonly variables: readonly Variable[]
  readonly loss: () => Scalar
}

/** Strided and grouped convolutions, both poolings with overlap and padding, splits, joins and a dense head. */
const smallNet = (): Net => {
  const x = filled([6, 12, 12, 3], 1) as Tensor4D
  const labels = filled([6, 4], 2)
  const shapes = [[3, 3, 3, 8], [8], [3, 3, 8, 1], [5, 5, 8, 12], [3 * 2 * 12, 4], [4]]
  const variables = shapes.map((shape, i) => filter(shape, 3 + i))
  const loss = (): Scalar => {
    const [first, bias, depthwise, second, dense, offset] = variables as [Variable, ...Variable[]]
    const h1: Tensor4D = relu(add(conv2d(x, first as never, 2, 'same'), bias as never))
    const [left, right] = split(maxPool(h1, 3, 1, 'same'), 2, 3) as [Tensor4D, Tensor4D]
    const h2: Tensor4D = depthwiseConv2d(concat([right, left], 3), depthwise as never, 1, 'same')
    const h3: Tensor4D = conv2d<Tensor4D>(relu(h2), second as never, [1, 2], 'same')
    const h4 = avgPool(h3, [2, 2], [2, 1], 'valid')
    const flat = reshape(h4, [6, -1])
    const logits = add(matMul(flat, dense as never), offset as unknown as Tensor1D)
    return losses.softmaxCrossEntropy(relu(labels), logits).asScalar()
  }
  return { variables: [...variables], loss }
}

const tenSteps = async (backend: string): Promise<readonly number[]> => {
  await setBackend(backend)
  engine().startScope()
  const { variables, loss } = smallNet()
  const optimizer = train.adam(0.01)
  const history = Array.from({ length: 10 }, () => {
    const value = optimizer.minimize(loss, true, [...variables]) as Scalar
    return value.dataSync()[0] ?? NaN
  })
  for (const variable of variables) variable.dispose()
  optimizer.dispose()
  engine().endScope()
  await setBackend('wasm')
  return history
}

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
