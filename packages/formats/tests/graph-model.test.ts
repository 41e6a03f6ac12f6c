import { key } from '@ptu/core'
import { normal, scope } from '@ptu/tensor'
import * as tf from '@tensorflow/tfjs'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { fromGraphModel } from '../src/index.ts'

const float = { type: 'DT_FLOAT' }
const dims = (...sizes: readonly number[]): { dim: { size: string }[] } => ({
  dim: sizes.map((size) => ({ size: String(size) })),
})

/** `hidden = relu(x · w)`, `out = tanh(hidden)`, as the converter writes it. */
const graph = (batch = -1): Promise<tf.GraphModel> =>
  tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology: {
        node: [
          { name: 'x', op: 'Placeholder', attr: { dtype: float, shape: { shape: dims(batch, 3) } } },
          { name: 'w', op: 'Const', attr: { dtype: float, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: dims(3, 2) } } } }, // prettier-ignore
          { name: 'product', op: 'MatMul', input: ['x', 'w'], attr: { T: float, transpose_a: { b: false }, transpose_b: { b: false } } }, // prettier-ignore
          { name: 'hidden', op: 'Relu', input: ['product'], attr: { T: float } },
          { name: 'out', op: 'Tanh', input: ['hidden'], attr: { T: float } },
        ],
        versions: { producer: 1 },
      },
      weightSpecs: [{ name: 'w', shape: [3, 2], dtype: 'float32' }],
      weightData: Float32Array.of(1, -1, 2, 0.5, -0.5, 3).buffer,
    }),
  )

describe('a source from a GraphModel', () => {
  it('gives the activations of its nodes and knows their shapes', async () => {
    const model = await graph()
    const source = E.getOrElseW((error: Error) => {
      throw error
    })(fromGraphModel(model, ['hidden', 'out']))
    expect(source.blocks.map((block) => [block.name, block.output([3])])).toEqual([
      ['hidden', [2]],
      ['out', [2]],
    ])
    scope(() => {
      const x = normal(key(1), [4, 3])
      const [hidden, out] = source.activations(x) as [tf.Tensor, tf.Tensor]
      expect(out).toBeAllClose(model.predict(x) as tf.Tensor, { absolute: 1e-6 })
      expect(tf.tanh(hidden)).toBeAllClose(out, { absolute: 1e-6 })
    })
    model.dispose()
  })

  it.each([
    ['a node that it does not have', ['nowhere'], [3], 'nowhere'],
    ['a node twice', ['out', 'out'], [3], 'each named once'],
    ['an input that does not fit', ['out'], [4], 'does not run in one step'],
    ['an input of unknown size', ['out'], [-1], 'say it with input'],
  ])('refuses %s', async (_what, nodes, input, message) => {
    const model = await graph()
    const source = fromGraphModel(model, nodes, { input })
    expect(E.isLeft(source) && source.left.message).toContain(message)
    model.dispose()
  })

  it.each([
    ['nothing', undefined, ['out'], 'expected a tf.GraphModel, with inputs and execute, got nothing; await tf.load'],
    ['a record', {}, ['out'], 'got an object with nothing;'],
    ['inputs alone', { inputs: [] }, ['out'], 'got an object with inputs;'],
    [
      'inputs that are none',
      { inputs: [undefined], execute: () => [] },
      ['out'],
      'got an object with inputs, execute;',
    ],
    ['a promise', Promise.resolve({}), ['out'], 'await tf.loadGraphModel'],
    [
      'no nodes',
      { inputs: [], execute: () => [] },
      undefined,
      'expected a list of nodes, each named once, got nothing',
    ],
    ['an empty list', { inputs: [], execute: () => [] }, [], 'expected a list of nodes, each named once, got []'],
    ['a name for a list', { inputs: [], execute: () => [] }, 'out', 'each named once, got "out"'],
    ['numbers for names', { inputs: [], execute: () => [] }, [0], 'each named once, got [0]'],
  ])('refuses %s, which only JavaScript without types can give', (_what, model, nodes, message) => {
    const source = fromGraphModel(model as never, nodes as never)
    expect(E.isLeft(source) && source.left.message).toContain(message)
  })

  it.each([1, 4])('refuses a batch that is fixed at %d, which no training could keep to', async (batch) => {
    const model = await graph(batch)
    const source = fromGraphModel(model, ['out'])
    expect(E.isLeft(source) && source.left.message).toContain(`the input x takes ${batch} at a time`)
    model.dispose()
  })
})
