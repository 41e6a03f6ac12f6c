import { foldIn, Tree } from '@ptu/core'
import { fixedGate, type Noise } from '@ptu/gates'
import { dense, infer, type Mode } from '@ptu/layers'
import { disposeSource, withHead } from '@ptu/networks'
import { cloneParams, disposeParams, scope, valueAndGrad, zipParams, type ParamTree } from '@ptu/tensor'
import { describeOnBackends } from '@ptu/testing'
import { add, div, losses, mul, oneHot, sqrt, square, sub, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { fineTune, fold, ptu, scratch, share, transfer, type Strategy, type TransferParams } from '../src/index.ts'
import { everyExample, examplesOf, initKey, noiseKey, sourceOf } from './example-source.ts'

const states = {
  share: { plain: share, gates: { update: 0, fineTune: 0.3 } },
  'fine-tune': { plain: fineTune, gates: { update: 1, fineTune: 1 } },
  scratch: { plain: scratch, gates: { update: 1, fineTune: 0 } },
} as const
type State = keyof typeof states
const names = Object.keys(states) as State[]

/** All 27 ways to give each of three blocks one of the three states. */
const mixtures = names.flatMap((a) => names.flatMap((b) => names.map((c) => [a, b, c] as const)))

/** Of sequences, whose training is slower, six that hold every state at every depth twice. */
const mixturesFor = (kind: string): typeof mixtures =>
  kind === 'sequences'
    ? mixtures.filter(([a, b, c]) => (a === b && b === c) || rotations.includes(`${a} ${b} ${c}`))
    : mixtures

const rotations = ['share fine-tune scratch', 'fine-tune scratch share', 'scratch share fine-tune']

/**
 * Draws of a saturated gate are the gate. But sequences with draws run step by step, where a backend runs a plain layer in
 * one kernel, which rounds in another order.
 */
const noiseFor = (kind: string): Noise => (kind === 'sequences' ? 'none' : 'annealed')

const cases = Object.entries(everyExample).flatMap(([kind, example]) =>
  mixturesFor(kind).map((mixture) => [kind, mixture.join(', '), mixture, example, noiseFor(kind)] as const),
)

const adamSteps = 60

/** Plain Adam, written out so that this law does not lean on another package. */
const train = (lossOf: (params: TransferParams, mode: Mode) => Scalar, initial: TransferParams): TransferParams => {
  let params: ParamTree = cloneParams(initial)
  let mean = scope(() => Tree.map(params, (p) => mul(p, 0)) as ParamTree)
  let variance = cloneParams(mean)
  for (let step = 0; step < adamSteps; step++) {
    const mode = { kind: 'train', key: foldIn(noiseKey, step), progress: step / adamSteps } as const
    const { value, grads } = valueAndGrad((p: ParamTree) => lossOf(p as TransferParams, mode))(params)
    const nextMean = zipParams(mean, grads, (m, g) => add(mul(m, 0.9), mul(g, 0.1)))
    const nextVariance = zipParams(variance, grads, (v, g) => add(mul(v, 0.999), mul(square(g), 0.001)))
    const direction = zipParams(nextMean, nextVariance, (m, v) => div(m, add(sqrt(v), 1e-8)))
    const next: ParamTree = zipParams(params, direction, (p, d) => sub(p, mul(d, 4e-3)))
    disposeParams([params, mean, variance, value, grads, direction])
    ;[params, mean, variance] = [next, nextMean, nextVariance]
  }
  disposeParams([mean, variance])
  return params as TransferParams
}

/** The numbers of a tensor with -0 as 0: the mix adds a zero of either sign. */
const bits = (x: Tensor): readonly number[] => Array.from(x.dataSync(), (v) => v + 0)

await describeOnBackends('a unit with saturated gates', () => {
  it.each(cases)(
    'over %s equals %s bit for bit, folded and not, at the start and after training',
    (...[, , mixture, example, noise]) => {
      const source = sourceOf(example)
      const head = dense(3)
      const plain = transfer(source, { blocks: mixture.map((state): Strategy => states[state].plain), head })
      const gated = transfer(source, {
        blocks: mixture.map((state) => ptu({ gate: fixedGate({ ...states[state].gates, noise }) })),
        head,
      })
      const x = examplesOf(example, 6)
      const y = scope(() => oneHot([0, 1, 2, 0, 1, 2], 3))
      const start = gated.init(initKey, example.inputShape)
      const plainStart = {
        // the same random branch as the unit's, so that both start alike
        blocks: mixture.map((state, i) =>
          state === 'share'
            ? []
            : cloneParams(branchOf(start.blocks[i] as ParamTree, state === 'scratch' ? 'random' : 'fineTuned')),
        ),
        head: cloneParams(start.head),
      }
      const lossOf = (model: typeof plain) => (params: TransferParams, mode: Mode) =>
        scope(() => losses.softmaxCrossEntropy<Tensor, Scalar>(y, model.apply(params, x, mode)))
      const ends = [train(lossOf(plain), plainStart), train(lossOf(gated), start)] as const
      for (const [a, b] of [[plainStart, start], ends] as const) {
        const logits = plain.apply(a, x, infer)
        const mixed = gated.apply(b, x, infer)
        const network = fold(gated, b)
        const folded = withHead(network.body, network.head).apply(network.params, x, infer)
        expect(bits(mixed)).toEqual(bits(logits))
        expect(bits(folded)).toEqual(bits(logits))
        disposeParams([logits, mixed, folded, ...network.params])
      }
      disposeParams([x, y, start, plainStart, ...ends])
      disposeSource(source)
    },
  )
})

/** The parameters of one branch of every unit of a block, shaped like the block's own. */
const branchOf = (params: ParamTree, branch: 'fineTuned' | 'random'): ParamTree =>
  Array.isArray(params)
    ? params.map((part: ParamTree) => branchOf(part, branch))
    : ((params as Readonly<Record<string, ParamTree>>)[branch] as ParamTree)
