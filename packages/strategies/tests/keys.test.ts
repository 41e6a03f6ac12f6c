import { key, type Key } from '@ptu/core'
import { fixedGate, type Gate } from '@ptu/gates'
import { dense, dropout, infer, serial, type Layer, type Mode } from '@ptu/layers'
import { disposeSource, freeze, initBody } from '@ptu/networks'
import { disposeParams, normal, scope } from '@ptu/tensor'
import { numbersOf } from '@ptu/testing'
import { ones } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { observe, ptu, ptuOver, scratch, share, transfer, type Strategy } from '../src/index.ts'
import { unit } from '../src/unit.ts'

const train: Mode = { kind: 'train', key: key(4) }

const noteMode = (seen: Key[], mode: Mode): void => {
  if (mode.kind === 'train') seen.push(mode.key)
}

/** A layer that notes the keys it is given, and passes its input on. */
const noting = (seen: Key[]): Layer => ({
  spec: { type: 'noting' },
  structure: { kind: 'opaque' },
  output: (input) => input,
  init: (from) => {
    seen.push(from)
    return []
  },
  apply: (_params, x, mode) => {
    noteMode(seen, mode)
    return x.clone()
  },
})

/** A gate that notes the keys it is given, and lets the fine-tuned branch through. */
const notingGate = (seen: Key[], branches: 2 | 3): Gate => ({
  name: 'noting',
  branches,
  init: (from) => {
    seen.push(from)
    return []
  },
  apply: (_params, { fineTuned }, mode) => {
    noteMode(seen, mode)
    return fineTuned.clone()
  },
})

/** Lets the source through. */
const shut: Gate['apply'] = (_params, { source }) => source.clone()

const notingStrategy =
  (seen: Key[]): Strategy =>
  ({ name }) => {
    const layer = noting(seen)
    return {
      name,
      strategy: 'noting',
      learns: true,
      observes: false,
      output: (input) => input,
      init: (from, input) => layer.init(from, input),
      apply: (params, { x }, mode) => layer.apply(params, x, mode),
    }
  }

/**
 * The number of different keys. A part that drew from a key which it also split would draw the same as its children.
 */
const distinct = (seen: readonly Key[]): number => new Set(seen.map(({ high, low }) => `${high} ${low}`)).size

describe('noise and initial values', () => {
  it('come from a key of its own in each block and the head of a model', () => {
    const body = ['a', 'b', 'c'].map((name) => ({ name, layer: dense(2) }))
    const source = freeze(body, initBody(body, key(1), [2]))
    const [made, run]: [Key[], Key[]] = [[], []]
    const modelOf = (seen: Key[]) =>
      transfer(source, { blocks: body.map(() => notingStrategy(seen)), head: noting(seen) })
    modelOf(made).init(key(2), [2])
    scope(() => {
      modelOf(run).apply({ blocks: [[], [], []], head: [] }, ones([1, 2]), train)
    })
    expect([made.length, distinct([...made, key(2)])]).toEqual([4, 5])
    expect([run.length, distinct([...run, key(4)])]).toEqual([4, 5])
    disposeSource(source)
  })

  it('differ between two blocks of one architecture that start at random', () => {
    const body = ['a', 'b'].map((name) => ({ name, layer: dense(2) }))
    const source = freeze(body, initBody(body, key(1), [2]))
    const params = transfer(source, { blocks: [scratch, scratch], head: dense(2) }).init(key(2), [2])
    const kernels = [...params.blocks, params.head].map((block) =>
      numbersOf((block as { kernel: never }).kernel).join(),
    )
    expect(new Set(kernels).size).toBe(3)
    disposeParams(params)
    disposeSource(source)
  })

  it('come from a key of its own in each branch and the gate of a unit', () => {
    const [made, run]: [Key[], Key[]] = [[], []]
    const unitOf = (seen: Key[]) => unit(noting(seen), [], notingGate(seen, 3))
    unitOf(made).init(key(2), [2])
    scope(() => {
      unitOf(run).apply({ fineTuned: [], random: [], gate: [] }, ones([1, 2]), train)
    })
    expect([made.length, distinct([...made, key(2)])]).toEqual([2, 3])
    expect([run.length, distinct([...run, key(4)])]).toEqual([3, 4])
  })

  it('come from a key of its own in the layer and the gate of a unit over a black box', () => {
    const [made, run]: [Key[], Key[]] = [[], []]
    const blockOf = (seen: Key[]) =>
      ptuOver(noting(seen), notingGate(seen, 2))({ name: 'box', output: (input) => input })
    blockOf(made).init(key(2), [2])
    scope(() => {
      blockOf(run).apply({ own: [], gate: [] }, { x: ones([1, 2]), source: ones([1, 2]) }, train)
    })
    expect([made.length, distinct([...made, key(2)])]).toEqual([2, 3])
    expect([run.length, distinct([...run, key(4)])]).toEqual([2, 3])
  })
})

describe('a frozen branch', () => {
  const body = [{ name: 'noisy', layer: serial(dense(6), dropout(0.5)) }]
  const closed: Gate = fixedGate({ update: 0 })

  it.each<readonly [string, Strategy]>([
    ['share', share],
    ['observe', observe],
    ['a unit that is shut', ptu({ gate: closed, mix: 'post' })],
    [
      'a unit that is shut and looks at its branches',
      ptu({ gate: { ...notingGate([], 2), apply: shut }, mix: 'post' }),
    ],
  ])('draws no dropout in training: %s', (_name, strategy) => {
    const source = freeze(body, initBody(body, key(1), [3]))
    const block = strategy(source.blocks[0] as (typeof source.blocks)[0])
    scope(() => {
      const x = normal(key(2), [4, 3])
      const [seen] = source.activations(x)
      const input = { x, ...(seen && { source: seen }) }
      const y = block.apply(block.init(key(3), [3]), input, train)
      expect(numbersOf(y)).toEqual(numbersOf(source.blocks[0]?.layer.apply(source.blocks[0].params, x, infer) ?? x))
    })
    disposeSource(source)
  })
})

describe('a branch that learns', () => {
  it('draws dropout in training, each its own', () => {
    const layer = serial(dense(40), dropout(0.5))
    const pretrained = layer.init(key(1), [3])
    scope(() => {
      const both = unit(
        { ...layer, structure: { kind: 'opaque' } },
        pretrained,
        fixedGate({ update: 1, fineTune: 0.5, noise: 'none' }),
      )
      const y = both.apply({ fineTuned: pretrained, random: pretrained, gate: [] }, ones([1, 3]), train)
      const whole = layer.apply(pretrained, ones([1, 3]), infer)
      const kept = numbersOf(y).map((value, i) => Math.round(value / (numbersOf(whole)[i] ?? NaN)))
      // dropped by both, by one, by none
      expect(new Set(kept)).toEqual(new Set([0, 1, 2]))
    })
    disposeParams(pretrained)
  })
})
