import {
  batchNorm,
  engine,
  grads,
  moments,
  mul,
  setBackend,
  sum,
  tensor,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { batchNormInTraining, gruSequence, lstmSequence } from '../src/index.ts'
import { difference, noise, startKernels, type Numbers } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

/** Results of `compute` on a backend and its gradients in every input, weighted by noise. */
const evaluate = async (
  backend: string,
  inputs: readonly Numbers[],
  compute: (...xs: Tensor[]) => Tensor,
): Promise<readonly Numbers[]> => {
  await setBackend(backend)
  const results = engine().tidy(() => {
    const tensors = inputs.map(({ shape, values }) => tensor(values, [...shape]))
    const weighted = (...xs: Tensor[]): Tensor => {
      const y = compute(...xs)
      return sum(mul(y, tensor(noise(y.shape, 99).values, y.shape)))
    }
    const all = [compute(...tensors), ...grads(weighted)(tensors)]
    return all.map((x) => ({ shape: x.shape, values: x.dataSync<'float32'>() })) as never
  }) as readonly Numbers[]
  await setBackend('wasm')
  return results
}

const expectAgreement = async (
  inputs: readonly Numbers[],
  fused: (...xs: Tensor[]) => Tensor,
  other: (...xs: Tensor[]) => Tensor = fused,
): Promise<void> => {
  const actual = await evaluate('wasm', inputs, fused)
  const expected = await evaluate('cpu', inputs, other)
  actual.forEach((result, i) => {
    expect(difference(expected[i] as Numbers, result), i === 0 ? 'result' : `gradient ${i}`).toBeLessThan(2e-5)
  })
}

const small = (shape: readonly number[], seed: number): Numbers => {
  const { values } = noise(shape, seed)
  return { shape, values: values.map((value) => 0.3 * value) }
}

const sizes = [
  { steps: 1, batch: 1, hidden: 1 },
  { steps: 3, batch: 2, hidden: 6 },
  { steps: 5, batch: 7, hidden: 17 },
  { steps: 2, batch: 140, hidden: 12 },
  { steps: 2, batch: 3, hidden: 100 },
]

describe.each(sizes)('a sequence of $steps steps, batch $batch, hidden $hidden', ({ steps, batch, hidden }) => {
  it('of GRU cells agrees with the composed cells on cpu', async () => {
    const shapes = [[steps, batch, 3 * hidden], [hidden, 3 * hidden], [3 * hidden], [batch, hidden]]
    await expectAgreement(shapes.map(small), (projected, recurrent, recurrentBias, initial) =>
      gruSequence({ projected, recurrent, recurrentBias, initial } as never),
    )
  })

  it('of LSTM cells agrees with the composed cells on cpu', async () => {
    const shapes = [
      [steps, batch, 4 * hidden],
      [hidden, 4 * hidden],
      [batch, hidden],
      [batch, hidden],
    ]
    await expectAgreement(shapes.map(small), (projected, recurrent, initialHidden, initialCell) =>
      lstmSequence({ projected, recurrent, initialHidden, initialCell } as never),
    )
  })
})

describe('a recurrent kernel', () => {
  it('gives an example the same bits whatever the batch', async () => {
    const run = async (batch: number): Promise<Numbers> => {
      const x = noise([batch, 2 * 12], 1).values
      const inputs = [
        { shape: [2, batch, 12], values: Float32Array.from({ length: 24 * batch }, (_, i) => timeMajor(x, batch, i)) },
        noise([4, 12], 2),
        noise([12], 3),
        { shape: [batch, 4], values: new Float32Array(4 * batch).fill(0.5) },
      ]
      const [result] = await evaluate('wasm', inputs, (projected, recurrent, recurrentBias, initial) =>
        gruSequence({ projected, recurrent, recurrentBias, initial } as never),
      )
      return result as Numbers
    }
    const [one, many] = [await run(1), await run(9)]
    for (let t = 0; t < 2; t++) {
      expect(many.values.slice(36 * t, 36 * t + 4)).toStrictEqual(one.values.slice(4 * t, 4 * t + 4))
    }
  })

  it('refuses inputs that do not fit', async () => {
    await expect(
      evaluate('wasm', [noise([2, 3, 9], 1), noise([4, 9], 2), noise([9], 3), noise([3, 3], 4)], (x, u, b, h) =>
        gruSequence({ projected: x, recurrent: u, recurrentBias: b, initial: h } as never),
      ),
    ).rejects.toThrow('Expected recurrent weights of shape [3, 9], got [4, 9]')
  })
})

/** Number `i` of [steps, batch, width] from rows of examples [batch, steps · width], with 2 steps of 12. */
const timeMajor = (rows: Float32Array | Int32Array, batch: number, i: number): number => {
  const [step, rest] = [Math.floor(i / (12 * batch)), i % (12 * batch)]
  return rows[Math.floor(rest / 12) * 24 + 12 * step + (rest % 12)] ?? NaN
}

describe('batch normalisation', () => {
  it.each([[[5, 3]], [[2, 3, 4, 5]], [[600, 9]], [[7, 2, 16]]])('of %o agrees with tfjs on cpu', async (shape) => {
    const channels = shape.at(-1) ?? 1
    const inputs = [noise(shape, 1), noise([channels], 2), noise([channels], 3)]
    const axes = shape.slice(0, -1).map((_, axis) => axis)
    await expectAgreement(
      inputs,
      (x, scale, offset) => batchNormInTraining(x, scale as Tensor1D, offset as Tensor1D, 1e-3).y,
      (x, scale, offset) => {
        const { mean, variance } = moments(x, axes)
        return batchNorm(x, mean as Tensor1D, variance as Tensor1D, offset as Tensor1D, scale as Tensor1D, 1e-3)
      },
    )
  })

  it('returns the statistics', () => {
    engine().tidy(() => {
      const x = tensor([1, 10, 3, 30], [2, 2])
      const { mean, variance } = batchNormInTraining(x, tensor([1, 1]), tensor([0, 0]))
      expect([...mean.dataSync(), ...variance.dataSync()]).toStrictEqual([2, 20, 1, 100])
    })
  })

  it("by tfjs's own operation keeps its gradients", async () => {
    const shapes = [[2, 3, 4, 5], [5], [5], [5], [5]]
    const inputs = shapes.map((shape, i) => {
      const { values } = noise(shape, i)
      return { shape, values: i === 2 ? values.map((value) => 1 + Math.abs(value)) : values }
    })
    const normalise = (x: Tensor, mean: Tensor, variance: Tensor, offset: Tensor, scale: Tensor): Tensor =>
      batchNorm(x, mean as Tensor1D, variance as Tensor1D, offset as Tensor1D, scale as Tensor1D, 1e-3)
    const reshaped = (...xs: Tensor[]): Tensor => {
      const [x, ...vectors] = xs as [Tensor, ...Tensor[]]
      const [mean, variance, offset, scale] = vectors.map((v) => v.reshape([1, 1, 1, 5])) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ]
      return x.sub(mean).div(variance.add(1e-3).sqrt()).mul(scale).add(offset)
    }
    await expectAgreement(inputs, normalise, reshaped)
  })
})
