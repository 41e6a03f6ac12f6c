import { bytesIn } from '@ptu/core'
import { infer } from '@ptu/layers'
import { disposeSource } from '@ptu/networks'
import { disposeParams, scope, type Shape } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { setBackend, type Tensor } from '@tensorflow/tfjs-core'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { recognise } from '../src/architectures/recognise.ts'
import { architectures } from '../src/architectures/table.ts'
import { contiguous, countOf, storedTensor, type StoredTensor } from '../src/stored-tensor.ts'
import { differenceFrom, generated, type Sampled } from './sampled.ts'

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
const names = fixture('names') as Readonly<Record<string, Readonly<Record<string, Shape>>>>
const { networks } = fixture('structures') as {
  readonly networks: Readonly<
    Record<string, { readonly blocks: readonly (Sampled & { readonly name: string })[]; readonly head?: Sampled }>
  >
}

/** Element `i` of tensor `n`, by the rule of the fixtures' script. */
const uniform = (i: number, n: number): number => {
  const mixed = (Math.imul(i + 1, 2654435761) + (n + 1) * 40503) >>> 0
  return (Math.imul(mixed ^ (mixed >>> 15), 2246822519) >>> 0) / 2 ** 32
}

const byRule = (name: string, shape: Shape, n: number): StoredTensor => {
  const numbers = (): Float32Array => {
    const reach = Math.sqrt(6 / countOf(shape.slice(1)))
    const shift = name.endsWith('weight') || name.endsWith('running_var') ? 0.5 : -0.5
    const of = (u: number): number => (shape.length > 1 ? (2 * u - 1) * reach : u + shift)
    const values = new Float32Array(countOf(shape))
    for (let i = 0; i < values.length; i++) values[i] = of(uniform(i, n))
    return values
  }
  const layout = { shape, strides: contiguous(shape), offset: 0 }
  return storedTensor(name, 'float32', layout, { littleEndian: true, bytes: () => bytesIn(numbers()) })
}

const tensorsOf = (name: string): ReadonlyMap<string, StoredTensor> => {
  const shapes = Object.entries(names[name] ?? {}).filter(([tensor]) => !tensor.endsWith('num_batches_tracked'))
  return new Map(shapes.map(([tensor, shape], n) => [tensor, byRule(tensor, shape, n)]))
}

// Parameters by a rule, so that no file of hundreds of megabytes is needed: what is tested is how layers follow each other.
describe('a network of torchvision computes in each block what PyTorch computes', () => {
  beforeAll(async () => {
    await useBackend('wasm')()
  })
  afterAll(() => setBackend('cpu'))

  it.each(Object.entries(networks))('%s', (name, golden) => {
    const tensors = tensorsOf(name)
    const architecture = recognise(tensors, architectures)
    const { source, head } = architecture.build(tensors, { input: [64, 64, 3] })
    expect([architecture.name, head === undefined]).toEqual([name, golden.head === undefined])
    expect(source.blocks.map((block) => block.name)).toEqual(golden.blocks.map((block) => block.name))
    scope(() => {
      const outputs = source.activations(generated(64))
      for (const [i, y] of outputs.entries()) expect(differenceFrom(y, golden.blocks[i] as Sampled)).toBeLessThan(1e-4)
      const logits = head?.layer.apply(head.params, outputs.at(-1) as Tensor, infer)
      if (logits !== undefined) expect(differenceFrom(logits, golden.head as Sampled)).toBeLessThan(1e-4)
    })
    disposeSource(source)
    if (head !== undefined) disposeParams(head.params)
  })
})

describe('a classifier that reads a map of one size', () => {
  it('is left out where the map is another one of as many numbers', () => {
    const tensors = tensorsOf('torchvision alexnet')
    const { source, head } = recognise(tensors, architectures).build(tensors, { input: [1183, 64, 3] })
    const last = source.blocks.reduce<Shape>((shape, block) => block.output(shape), [1183, 64, 3])
    expect([last, head]).toEqual([[36, 1, 256], undefined])
    disposeSource(source)
  })
})
