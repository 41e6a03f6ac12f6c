import { key } from '@ptu/core'
import { dense, gru, lastStep, relu, serial } from '@ptu/layers'
import { disposeSource, freeze, initBody, mlp, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { gateValues, transfer, type TransferModel } from '@ptu/strategies'
import { disposeParams, type Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { namedIn } from '../named.ts'
import { builtInMethods, heldAt } from './built-in.ts'
import { searches, trainingsOf, type Hyperparameters, type Method } from './method.ts'

const method = (name: string): Method => {
  const found = namedIn('method', builtInMethods, name)
  if (E.isLeft(found)) throw found.left
  return found.right
}

const question = { blocks: 3, rates: [1e-3, 4e-3], rate: 2e-3 }
const recurrent = [
  { name: 'rows', layer: serial(gru(4), lastStep()) },
  { name: 'top', layer: serial(dense(4), relu) },
]

let source: SourceNetwork<OpenBlock>
let rows: SourceNetwork<OpenBlock>
beforeAll(() => {
  source = freeze(mlp([5, 4, 3]), initBody(mlp([5, 4, 3]), key(0), [6]))
  rows = freeze(recurrent, initBody(recurrent, key(0), [7, 6]))
})
afterAll(() => {
  disposeSource(source)
  disposeSource(rows)
})

const modelOf = (name: string, chosen: Partial<Hyperparameters> = {}, from = source): TransferModel =>
  transfer(from, { blocks: method(name).plan(from, { depth: null, rate: 1, ...chosen }), head: dense(2) })

const strategiesOf = (name: string, depth: number | null): readonly string[] =>
  modelOf(name, { depth }).blocks.map(({ strategy }) => strategy)

describe('the plan of a method', () => {
  it.each([
    ['scratch', null, ['scratch', 'scratch', 'scratch']],
    ['share', 1, ['share', 'scratch', 'scratch']],
    ['share', 2, ['share', 'share', 'scratch']],
    ['share', null, ['share', 'share', 'share']],
    ['fine-tune', 1, ['fine-tune', 'scratch', 'scratch']],
    ['fine-tune', null, ['fine-tune', 'fine-tune', 'fine-tune']],
    ['freeze', 1, ['share', 'fine-tune', 'fine-tune']],
    ['freeze', 2, ['share', 'share', 'fine-tune']],
    ['share-all', null, ['share', 'share', 'share']],
    ['fine-tune-all', null, ['fine-tune', 'fine-tune', 'fine-tune']],
    ['lp-ft', null, ['fine-tune', 'fine-tune', 'fine-tune']],
    ['l2-sp', null, ['l2sp-fine-tune', 'l2sp-fine-tune', 'l2sp-fine-tune']],
    ['mixout', null, ['mixout', 'mixout', 'mixout']],
    ['layer-wise', null, ['fine-tune', 'fine-tune', 'fine-tune']],
    ['lora', null, ['lora', 'lora', 'lora']],
    ['probe', null, ['share', 'share', 'share']],
    ['setfit', null, ['fine-tune', 'fine-tune', 'fine-tune']],
    ['ptu', null, ['ptu', 'ptu', 'ptu']],
  ] as const)('of %s at depth %s is %j', (name, depth, wanted) => {
    expect(strategiesOf(name, depth)).toEqual(wanted)
  })

  it('of scratch starts at random, away from the source', async () => {
    const params = modelOf('scratch').init(key(3), [6])
    const [first] = params.blocks as readonly (readonly (readonly unknown[])[])[]
    const random = await numbers(first)
    expect(random).not.toEqual(await numbers(source.blocks[0]?.params))
    disposeParams(params)
  })
})

/** All numbers of a tree, in order. */
const numbers = async (tree: unknown): Promise<readonly number[]> => {
  const { Tree } = await import('@ptu/core')
  const leaves = Tree.leaves(tree as never) as readonly { readonly data: () => Promise<ArrayLike<number>> }[]
  return (await Promise.all(leaves.map(async (leaf) => Array.from(await leaf.data())))).flat()
}

describe('the trials of a method', () => {
  const tries = (name: string, blocks = 3): readonly (readonly [number | null, number])[] =>
    method(name)
      .trials({ ...question, blocks })
      .map(({ depth, rate }) => [depth, rate] as const)

  it('are every depth at every rate for a tuned baseline', () => {
    expect(tries('scratch')).toEqual([
      [null, 1e-3],
      [null, 4e-3],
    ])
    for (const name of ['share', 'fine-tune'])
      expect(tries(name)).toEqual([1, 2, 3].flatMap((depth) => [1e-3, 4e-3].map((rate) => [depth, rate])))
    expect(tries('freeze')).toEqual([1, 2].flatMap((depth) => [1e-3, 4e-3].map((rate) => [depth, rate])))
    expect(tries('freeze', 1).map(([depth]) => depth)).toEqual([1, 1])
  })

  it.each([
    ...[
      'share-all',
      'fine-tune-all',
      'lp-ft',
      'l2-sp',
      'mixout',
      'layer-wise',
      'lora',
      'lora-qv',
      'probe',
      'setfit',
      'ptu',
      'ptu-three',
      'ptu-evidence',
      'ptu-fixed',
    ],
  ])('are one for %s, at the rate that fits the source, and nothing is searched', (name) => {
    expect(tries(name)).toEqual([[null, 2e-3]])
    expect(searches(method(name))).toBe(false)
    expect(trainingsOf(method(name), question)).toBe(1)
  })

  it('are followed by a refit where there is a search', () => {
    expect(trainingsOf(method('fine-tune'), question)).toBe(7)
  })

  it('are one, and none is judged, where a tuned baseline is held at a setting', () => {
    const held = heldAt(method('share'), { depth: 2, rate: 0.5 })
    expect(held.trials(question)).toEqual([{ depth: 2, rate: 0.5 }])
    expect(searches(held)).toBe(false)
  })
})

describe('the roles', () => {
  it('are those that a table reads', () => {
    expect(builtInMethods.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'scratch baseline',
      'share baseline',
      'fine-tune baseline',
      'freeze baseline',
      'share-all recipe',
      'fine-tune-all recipe',
      'lp-ft recipe',
      'l2-sp recipe',
      'mixout recipe',
      'layer-wise recipe',
      'lora recipe',
      'lora-qv recipe',
      'probe recipe',
      'setfit recipe',
      'ptu candidate',
      'ptu-three candidate',
      'ptu-evidence candidate',
      'ptu-fixed control',
    ])
  })
})

describe('the gates of a method', () => {
  const open = async (
    name: string,
    from: SourceNetwork<OpenBlock>,
    input: Shape,
  ): Promise<readonly (readonly [number, number | undefined])[]> => {
    const model = modelOf(name, {}, from)
    const params = model.init(key(1), input)
    const values = await gateValues(model, params)
    disposeParams(params)
    return values.map(({ update, fineTune }) => [update[0] ?? NaN, fineTune?.[0]])
  }
  const near = (update: number, fineTune?: number): unknown => [
    expect.closeTo(update, 6),
    fineTune === undefined ? undefined : expect.closeTo(fineTune, 6),
  ]

  it('of the control stand at .75, in as many branches as the unit that it controls', async () => {
    expect(await open('ptu-fixed', source, [6])).toEqual([near(0.75), near(0.75), near(0.75)])
    expect(await open('ptu-fixed', rows, [7, 6])).toEqual([near(0.75, 0.8807971), near(0.75)])
  })

  it('of ptu start at .5 in two branches, at .75 and .88 in the three over recurrent layers', async () => {
    expect(await open('ptu', rows, [7, 6])).toEqual([near(0.75, 0.8807971), near(0.5)])
  })

  it('of ptu-three have a branch that starts at random, not at the source', async () => {
    expect(await open('ptu-three', source, [6])).toHaveLength(3)
    const params = modelOf('ptu-three').init(key(1), [6])
    const { Tree } = await import('@ptu/core')
    const found = new Map<string, unknown>()
    Tree.map(params as never, (leaf, path) => {
      found.set(Tree.format(path), leaf)
      return leaf
    })
    const random = [...found].filter(([path]) => path.includes('random')).map(([, leaf]) => leaf)
    const fineTuned = [...found].filter(([path]) => path.includes('fineTuned')).map(([, leaf]) => leaf)
    expect(random.length).toBeGreaterThan(0)
    expect(await numbers(fineTuned)).toEqual(await numbers(source.blocks.map((block) => block.params)))
    expect(await numbers(random)).not.toEqual(await numbers(fineTuned))
    disposeParams(params)
  })
})
