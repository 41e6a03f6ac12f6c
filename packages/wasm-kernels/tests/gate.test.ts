import {
  add,
  cast,
  engine,
  grads,
  less,
  mul,
  reshape,
  scalar,
  setBackend,
  sigmoid,
  sub,
  sum,
  tensor,
  where,
  type NamedAttrMap,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { noise, sizeOf, startKernels } from './support.ts'

beforeAll(async () => {
  await startKernels()
  await setBackend('wasm')
})

const start = 0.4

/** Draws in [0, 1) of which every third entry keeps its openness. */
const thresholdsOf = (size: number): Float32Array =>
  noise([size], 3).values.map((x, i) => (i % 3 === 1 ? 2 : (x + 1) / 2)) as Float32Array

/** By tfjs operations: draws where there are some, and the gradient straight through to the openness. */
const composed = (unit: Tensor, channel: Tensor, shape: readonly number[]): Tensor => {
  const open = sigmoid(add(add(unit, channel), start))
  const threshold = tensor(thresholdsOf(sizeOf(shape)), [...shape], 'float32')
  return where(less(threshold, 2), cast(less(threshold, open), 'float32'), open)
}

const own = (unit: Tensor, channel: Tensor, shape: readonly number[]): Tensor => {
  const attrs = { start, shape, thresholds: thresholdsOf(sizeOf(shape)) } as unknown as NamedAttrMap
  const [gate] = engine().runKernel('PtuGate', { unit, channel }, attrs) as unknown as readonly [Tensor, Tensor]
  return gate
}

describe('a gate in one kernel', () => {
  it.each([
    [1, 1],
    [5, 3],
    [16, 960],
    [300, 7],
  ])('has the bits of separate operations, for %d examples and %d channels', (batch, channels) => {
    engine().tidy(() => {
      const shape = [batch, 1, 1, channels]
      const channel = tensor(noise([channels], 1).values, [channels])
      const unit = scalar(0.3)
      const weights = tensor(noise(shape, 2).values, shape)
      const gate = own(unit, channel, shape)
      expect(gate.dataSync()).toEqual(composed(unit, channel, shape).dataSync())
      const [dUnit, dChannel] = grads((u: Tensor, c: Tensor): Scalar => sum(mul(own(u, c, shape), weights)))([
        unit,
        channel,
      ])
      const open = sigmoid(add(add(unit, channel), start))
      const expected = mul(sum(reshape(weights, [batch, channels]), 0), mul(open, sub(1, open)))
      expect(dChannel?.dataSync()).toEqual(expected.dataSync())
      expect(dUnit?.dataSync()).toEqual(sum(expected).dataSync())
    })
  })

  it('refuses draws of another size', () => {
    const [unit, channel] = [scalar(0), tensor([1, 2, 3])]
    const attrs = { start, shape: [4, 3], thresholds: new Float32Array(11) } as unknown as NamedAttrMap
    expect(() => engine().runKernel('PtuGate', { unit, channel }, attrs)).toThrow('expected 12 thresholds')
    unit.dispose()
    channel.dispose()
  })
})
