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
import { noise } from './support.ts'

export const filled = (shape: readonly number[], seed: number): Tensor => tensor(noise(shape, seed).values, [...shape])
export const filter = (shape: readonly number[], seed: number): Variable => {
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

/** Losses of ten steps of Adam on a backend. */
export const tenSteps = async (backend: string): Promise<readonly number[]> => {
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
