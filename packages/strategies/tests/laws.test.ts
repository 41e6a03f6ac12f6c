import { key, Tree } from '@ptu/core'
import { dense, infer, type Mode } from '@ptu/layers'
import { disposeSource, withHead } from '@ptu/networks'
import { cloneParams, disposeParams, mapParams, normal, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { describeOnBackends, gradientCheck, tensorsLeakedBy } from '@ptu/testing'
import { add, mul, slice, square, sub, sum, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import * as strategies from '../src/index.ts'
import { fold, transfer, type TransferModel, type TransferParams } from '../src/index.ts'
import { everyExample, examplesOf, initKey, noiseKey, sourceOf, type Example } from './example-source.ts'
import { everyStrategy, type Planned } from './every-strategy.ts'

const train: Mode = { kind: 'train', key: noiseKey, progress: 0.5 }

/** A model, its source and parameters moved off their start, so that branches differ. */
const setUp = (example: Example, { blocks }: Planned) => {
  const source = sourceOf(example)
  const model = transfer(source, { blocks, head: dense(3) })
  const start = model.init(initKey, example.inputShape)
  let seed = 100
  const params = mapParams<ParamTree>(start, (leaf) =>
    scope(() => add(leaf, mul(normal(key(seed++), leaf.shape), 0.1))),
  ) as TransferParams
  const x = examplesOf(example, 4)
  const free = (...more: readonly ParamTree[]): void => {
    disposeParams([start, params, x, ...more])
    disposeSource(source)
  }
  return { source, model, params, x, free }
}

const bits = (x: Tensor): readonly number[] => [...x.dataSync()]
const bitsOf = (tree: ParamTree): readonly (readonly number[])[] => Tree.leaves(tree).map(bits)

const cases = Object.entries(everyStrategy).flatMap(([name, planned]) =>
  Object.entries(everyExample)
    .filter(([kind]) => (planned.over ?? kind) === kind)
    .map(([kind, example]) => [name, kind, planned, example] as const),
)

/** A step of a model of sequences is hundreds of operations: fewer steps, and fewer numbers of each tensor moved. */
const leakSteps = (kind: string): number => (kind === 'pictures' ? 200 : 10)
const entriesMoved = (kind: string): number => (kind === 'pictures' ? 3 : 1)

const rowOf = (x: Tensor, row: number): Tensor =>
  slice(
    x,
    x.shape.map((_, axis) => (axis === 0 ? row : 0)),
    x.shape.map((size, axis) => (axis === 0 ? 1 : size)),
  )

await describeOnBackends('a strategy', ({ tolerance, rowsByThemselves }) => {
  const expectSameRow = (alone: readonly number[], among: readonly number[]): void => {
    if (rowsByThemselves) expect(alone).toEqual(among)
    else expect(alone).toBeAllClose(among, tolerance)
  }

  describe.each(cases)('%s of %s', (_name, kind, planned, example) => {
    it('delivers the shape it promises', () => {
      const { model, params, x, free } = setUp(example, planned)
      const y = model.apply(params, x, train)
      expect(y.shape).toEqual([4, ...model.output(example.inputShape)])
      free(y)
    })

    it('is deterministic in its key, and without noise at inference', () => {
      const { model, params, x, free } = setUp(example, planned)
      const [first, again, other] = [initKey, initKey, noiseKey].map((k) => model.init(k, example.inputShape)) as [
        TransferParams,
        TransferParams,
        TransferParams,
      ]
      expect(bitsOf(first)).toEqual(bitsOf(again))
      expect(bitsOf(first)).not.toEqual(bitsOf(other))
      const runs = [train, train, infer, infer].map((mode) => model.apply(params, x, mode))
      const [a, b, c, d] = runs.map(bits)
      expect(a).toEqual(b)
      expect(c).toEqual(d)
      free(first, again, other, runs)
    })

    it('treats the rows of a batch independently of each other', () => {
      const { model, params, x, free } = setUp(example, planned)
      const whole = model.apply(params, x, infer)
      const row = rowOf(x, 2)
      const alone = model.apply(params, row, infer)
      expectSameRow(bits(alone), bits(whole).slice(6, 9))
      free(whole, row, alone)
    })

    it('is its encoding decoded, bit for bit, noisy or not', () => {
      const { model, params, x, free } = setUp(example, planned)
      const encoded = model.encode(x)
      for (const leaf of Tree.leaves(encoded)) expect(leaf.shape[0]).toBe(4)
      for (const mode of [infer, train]) {
        const [direct, staged] = [model.apply(params, x, mode), model.decode(params, encoded, mode)]
        expect(bits(staged)).toEqual(bits(direct))
        disposeParams([direct, staged])
      }
      free(encoded)
    })

    it('encodes a row alone as in a batch', () => {
      const { model, x, free } = setUp(example, planned)
      const row = rowOf(x, 1)
      const [whole, alone] = [model.encode(x), model.encode(row)]
      Tree.leaves(alone).forEach((leaf, i) => {
        const all = bits(Tree.leaves(whole)[i] as Tensor)
        expectSameRow(bits(leaf), all.slice(leaf.size, 2 * leaf.size))
      })
      free(row, whole, alone)
    })

    it('has the gradient of its values', () => {
      const { model, params, x, free } = setUp(example, planned)
      const problems = gradientCheck((p: ParamTree) => model.apply(p as TransferParams, x, infer), params, {
        entries: entriesMoved(kind),
        step: 2e-3,
        tolerance: { absolute: 1e-2, relative: 3e-2 },
      })
      expect(problems).toEqual([])
      free()
    })

    it(`leaks no tensor over ${leakSteps(kind)} steps and leaves the source bit for bit as it was`, () => {
      const { source, model, params, x, free } = setUp(example, planned)
      const before = source.blocks.map((block) => bitsOf(block.params))
      const encoded = model.encode(x)
      let current: ParamTree = cloneParams(params)
      const step = (): void => {
        const { value, grads } = valueAndGrad((p: ParamTree) => lossOf(model, p, encoded))(current)
        const next = scope(() => Tree.zipWith(current, grads, (p, g) => sub(p, mul(g, 1e-3))) as ParamTree)
        disposeParams([value, grads, current])
        current = next
      }
      step()
      expect(
        tensorsLeakedBy(() => {
          for (let i = 0; i < leakSteps(kind); i++) step()
        }),
      ).toBe(0)
      expect(source.blocks.map((block) => bitsOf(block.params))).toEqual(before)
      free(encoded, current)
    }, 60_000)

    it(planned.folds ? 'folds into a plain network of the same function' : 'says that it cannot be folded', () => {
      const { model, params, x, free } = setUp(example, planned)
      if (planned.folds) {
        const plain = fold(model, params)
        expect(plain.body.map(({ name }) => name)).toEqual(example.body.map(({ name }) => name))
        expect(plain.body.map(({ layer }) => layer.spec)).toEqual(example.body.map(({ layer }) => layer.spec))
        const [folded, unfolded] = [
          withHead(plain.body, plain.head).apply(plain.params, x, infer),
          model.apply(params, x, infer),
        ]
        expect(folded).toBeAllClose(unfolded, tolerance)
        disposeParams([folded, unfolded, plain.params])
      } else expect(() => fold(model, params)).toThrow(/cannot be folded/)
      free()
    })
  })
})

const lossOf = (model: TransferModel, params: ParamTree, encoded: ParamTree): Scalar =>
  scope(() => sum<Scalar>(square(model.decode(params as TransferParams, encoded, train))))

describe('the table of strategies', () => {
  it('holds every exported strategy, and what every exported factory of strategies makes', () => {
    const others = [
      'branchesOver',
      'decayed',
      'evidence',
      'evidenceGate',
      'evidencePlan',
      'fold',
      'gateValues',
      'queriesAndValues',
      'roleOf',
      'sharePlan',
      'fineTunePlan',
      'uniformPlan',
      'transfer',
      'PlanError',
      'decisiveMargin',
    ]
    const factories = { l2sp: 'l2sp', lora: 'lora', mixout: 'mixout', ptu: 'ptu', ptuOver: 'ptu-over' }
    const rows = Object.values(everyStrategy).flatMap(({ blocks, over }) => blocks.map((block) => ({ block, over })))
    const source = sourceOf(everyExample.pictures)
    const [first] = source.blocks
    const made = rows.flatMap(({ block, over }) => (first && over !== 'sequences' ? [block(first).strategy] : []))
    const shown = [
      ...Object.entries(strategies).flatMap(([name, value]) =>
        rows.some(({ block }) => block === value) ? [name] : [],
      ),
      ...Object.entries(factories).flatMap(([name, strategy]) =>
        made.some((each) => each.startsWith(strategy)) ? [name] : [],
      ),
    ]
    const exported = Object.keys(strategies).filter((name) => !others.includes(name))
    expect(shown.toSorted()).toEqual(exported.toSorted())
    disposeSource(source)
  })
})
