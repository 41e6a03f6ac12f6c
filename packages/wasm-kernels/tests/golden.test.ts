import { readFileSync } from 'node:fs'
import { grads, mul, setBackend, sum, tensor, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core'
import { engine } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { batchNormInTraining, gruSequence, lstmSequence } from '../src/index.ts'
import { difference, run, startKernels, type Numbers } from './support.ts'

interface Raw {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}
interface Case {
  readonly attrs: Readonly<Record<string, unknown>>
  readonly inputs: Readonly<Record<string, Raw>>
  readonly output: Raw
  readonly dy: Raw
  readonly gradients: Readonly<Record<string, Raw>>
}

const cases = JSON.parse(readFileSync(new URL('../fixtures/torch.json', import.meta.url), 'utf8')) as Readonly<
  Record<'conv' | 'gru' | 'lstm' | 'batchNorm', readonly Case[]>
>
const TOLERANCE = 1e-5

beforeAll(async () => {
  await startKernels()
})

const numbersOf = ({ shape, values }: Raw): Numbers => ({ shape, values: Float32Array.from(values) })
const named = (raw: Readonly<Record<string, Raw>>): Readonly<Record<string, Numbers>> =>
  Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, numbersOf(value)]))

const expectClose = (actual: Numbers, expected: Raw | undefined, name: string): void => {
  expect(difference(numbersOf(expected as Raw), actual), name).toBeLessThan(TOLERANCE)
}

describe('convolutions have the results and gradients of PyTorch', () => {
  it.each(cases.conv)('$attrs', ({ attrs, inputs, output, dy, gradients }) => {
    const [top, left] = attrs['pad'] as readonly [number, number]
    const geometry = {
      strides: attrs['stride'],
      dilations: attrs['dilation'],
      dataFormat: 'NHWC',
      pad: [
        [0, 0],
        [top, top],
        [left, left],
        [0, 0],
      ],
    }
    const { x, filter } = named(inputs) as Readonly<Record<'x' | 'filter', Numbers>>
    const upstream = numbersOf(dy)
    expectClose(run('wasm', 'Conv2D', { x, filter }, geometry), output, 'output')
    for (const place of ['wasm', 'composed'] as const) {
      const byFilter = { ...geometry, filterShape: filter.shape }
      const dw = run(place, 'Conv2DBackpropFilter', { x, dy: upstream }, byFilter)
      const dx = run(place, 'Conv2DBackpropInput', { dy: upstream, filter }, { ...geometry, inputShape: x.shape })
      expectClose(dw, gradients['filter'], 'filter')
      expectClose(dx, gradients['x'], 'x')
    }
  })
})

/** Results of `compute` and its gradients in every input. */
const evaluate = (
  { inputs, dy }: Case,
  compute: (tensors: Readonly<Record<string, Tensor>>) => Tensor,
): Readonly<Record<string, Numbers>> => {
  const names = Object.keys(inputs)
  const results: Record<string, Numbers> = {}
  engine().tidy(() => {
    const toTensor = ({ shape, values }: Raw): Tensor => tensor([...values], [...shape], 'float32')
    const byName = (tensors: readonly Tensor[]): Readonly<Record<string, Tensor>> =>
      Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor]))
    const tensors = names.map((name) => toTensor(inputs[name] as Raw))
    const keep = (name: string, { shape }: Tensor, values: Float32Array): void => {
      results[name] = { shape, values }
    }
    const output = compute(byName(tensors))
    keep('output', output, output.dataSync<'float32'>())
    const gradients = grads((...xs: Tensor[]) => sum(mul(compute(byName(xs)), toTensor(dy))))(tensors)
    gradients.forEach((gradient, i) => {
      keep(names[i] as string, gradient, gradient.dataSync<'float32'>())
    })
  })
  return results
}

const functions = {
  gru: (inputs: Readonly<Record<string, Tensor>>): Tensor => gruSequence(inputs as never),
  lstm: (inputs: Readonly<Record<string, Tensor>>): Tensor => lstmSequence(inputs as never),
  batchNorm: ({ x, scale, offset }: Readonly<Record<string, Tensor>>): Tensor =>
    batchNormInTraining(x as Tensor, scale as Tensor1D, offset as Tensor1D).y,
} as const

describe.each(['wasm', 'cpu'])('on %s, fused or composed', (backend) => {
  it.each(
    (['gru', 'lstm', 'batchNorm'] as const).flatMap((name) => cases[name].map((golden, i) => ({ name, i, golden }))),
  )('$name has the results and gradients of PyTorch: case $i', async ({ name, golden }) => {
    await setBackend(backend)
    const results = evaluate(golden, functions[name])
    await setBackend('wasm')
    for (const [input, expected] of Object.entries({ output: golden.output, ...golden.gradients })) {
      expectClose(results[input] as Numbers, expected, input)
    }
  })
})
