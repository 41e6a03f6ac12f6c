import { foldIn, Tree } from '@ptu/core'
import { fixedGate, hierarchicalGate } from '@ptu/gates'
import { dense, infer, type Mode } from '@ptu/layers'
import { disposeSource, withHead } from '@ptu/networks'
import { cloneParams, disposeParams, mapParams, scope, valueAndGrad, zipParams, type ParamTree } from '@ptu/tensor'
import { describeOnBackends } from '@ptu/testing'
import { add, div, fill, losses, mul, oneHot, sqrt, square, sub, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import {
  fineTune,
  fold,
  ptu,
  roleOf,
  scratch,
  share,
  transfer,
  type PtuOptions,
  type TransferModel,
  type TransferParams,
} from '../src/index.ts'
import { everyExample, examplesOf, initKey, noiseKey, sourceOf } from './example-source.ts'

/** The states: the strategy that each is, and how far the gates are open that make the unit it. */
const states = {
  share: { plain: share, gates: { update: 0, fineTune: 0.3 } },
  'fine-tune': { plain: fineTune, gates: { update: 1, fineTune: 1 } },
  scratch: { plain: scratch, gates: { update: 1, fineTune: 0 } },
} as const
type State = keyof typeof states
type Mixture = readonly [State, State, State]
const names = Object.keys(states) as State[]

/** All 27 ways to give each of three blocks one of the three states. */
const everyMixture: readonly Mixture[] = names.flatMap((a) =>
  names.flatMap((b) => names.map((c) => [a, b, c] as const)),
)

/** Three that hold every state at every depth. */
const rotations: readonly Mixture[] = [
  ['share', 'fine-tune', 'scratch'],
  ['fine-tune', 'scratch', 'share'],
  ['scratch', 'share', 'fine-tune'],
]

/** Learnt gates that draw their noise, moved to their limits by {@link saturated}. */
const learnt = hierarchicalGate({ branches: 3, noise: 'annealed' })

/** A way in which a unit reaches its limits. */
interface Way {
  readonly kind: keyof typeof everyExample
  readonly mixtures: readonly Mixture[]
  readonly options: (state: State) => PtuOptions
}

const hiddenMixes = (['mixed', 'pure'] as const).flatMap((hidden) => [false, true].map((cell) => ({ hidden, cell })))

/**
 * Draws of a saturated gate are the gate, bit for bit. But these run step by step, where some backends run a plain layer in one
 * kernel that rounds in another order; so they are held to their limits where there is no such kernel.
 */
const stepByStep: Readonly<Record<string, Way>> = Object.fromEntries(
  (['pre', ...hiddenMixes] as const).map((mix, i) => [
    `learnt gates over sequences, mix ${JSON.stringify(mix)}`,
    { kind: 'sequences', mixtures: rotations.filter((_, r) => r !== i % 3), options: () => ({ gate: learnt, mix }) },
  ]),
)

const waysOf = (backend: string): Readonly<Record<string, Way>> => ({
  'learnt gates over pictures': {
    kind: 'pictures',
    // tfjs's own backend is slow
    mixtures: backend === 'cpu' ? rotations : everyMixture,
    options: () => ({ gate: learnt }),
  },
  'learnt gates over patches': { kind: 'patches', mixtures: rotations.slice(1, 2), options: () => ({ gate: learnt }) },
  ...(backend === 'cpu' && stepByStep),
  ...Object.fromEntries(
    (['pictures', 'sequences', 'patches'] as const).map((kind) => [
      `fixed gates over ${kind}`,
      { kind, mixtures: rotations, options: (state: State) => ({ gate: fixedGate(states[state].gates) }) },
    ]),
  ),
})

const casesOf = (all: Readonly<Record<string, Way>>): readonly (readonly [string, string, Mixture, Way])[] =>
  Object.entries(all).flatMap(([name, way]) =>
    way.mixtures.map((mixture) => [name, mixture.join(', '), mixture, way] as const),
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

/** The same parameters with every learnt gate at its limit: `σ(±200)` is exactly 0 or 1, and its gradient 0. */
const saturated = (params: TransferParams, mixture: Mixture): TransferParams =>
  mapParams<ParamTree>(params, (leaf, path) => {
    if (roleOf(path) !== 'gate-unit') return leaf.clone()
    const { gates } = states[mixture[path[1] as number] ?? 'share']
    return fill([], Math.sign(gates[path.at(-2) as 'update' | 'fineTune'] - 0.5) * 200)
  }) as TransferParams

/** The parameters of one branch of every unit of a block, shaped like the block's own. */
const branchOf = (params: ParamTree, branch: 'fineTuned' | 'random'): ParamTree =>
  Array.isArray(params)
    ? params.map((part: ParamTree) => branchOf(part, branch))
    : ((params as Readonly<Record<string, ParamTree>>)[branch] as ParamTree)

/** The plain strategies' parameters: the branches of the unit's, so that both start alike. */
const plainOf = ({ blocks, head }: TransferParams, mixture: Mixture): TransferParams => ({
  blocks: mixture.map((state, i) =>
    state === 'share' ? [] : cloneParams(branchOf(blocks[i] ?? [], state === 'scratch' ? 'random' : 'fineTuned')),
  ),
  head: cloneParams(head),
})

/** The numbers of a tensor with -0 as 0: the mix adds a zero of either sign. */
const bits = (x: Tensor): readonly number[] => Array.from(x.dataSync(), (v) => v + 0)

const outputsOf = (model: TransferModel, params: TransferParams, x: Tensor, folds: boolean): readonly Tensor[] => {
  const mixed = model.apply(params, x, infer)
  if (!folds) return [mixed]
  const plain = fold(model, params)
  const folded = withHead(plain.body, plain.head).apply(plain.params, x, infer)
  disposeParams(plain.params)
  return [mixed, folded]
}

const holds = (mixture: Mixture, { kind, options }: Way): void => {
  const example = everyExample[kind]
  const source = sourceOf(example)
  const head = dense(3)
  const plain = transfer(source, { blocks: mixture.map((state) => states[state].plain), head })
  const gated = transfer(source, { blocks: mixture.map((state) => ptu(options(state))), head })
  const folds = (options('share').mix ?? 'pre') === 'pre'
  const x = examplesOf(example, 6)
  const y = scope(() => oneHot([0, 1, 2, 0, 1, 2], 3))
  const fresh = gated.init(initKey, example.inputShape)
  const start = saturated(fresh, mixture)
  const plainStart = plainOf(start, mixture)
  const lossOf = (model: TransferModel) => (params: TransferParams, mode: Mode) =>
    scope(() => losses.softmaxCrossEntropy<Tensor, Scalar>(y, model.apply(params, x, mode)))
  const ends = [train(lossOf(plain), plainStart), train(lossOf(gated), start)] as const
  for (const [a, b] of [[plainStart, start], ends] as const) {
    const logits = plain.apply(a, x, infer)
    const outputs = outputsOf(gated, b, x, folds)
    for (const output of outputs) expect(bits(output)).toEqual(bits(logits))
    disposeParams([logits, outputs])
  }
  disposeParams([x, y, fresh, start, plainStart, ...ends])
  disposeSource(source)
}

await describeOnBackends('a unit at its limits', ({ name }) => {
  it.each(casesOf(waysOf(name)))(
    'with %s equals %s bit for bit, folded and not, at the start and after training',
    (...[, , mixture, way]) => {
      holds(mixture, way)
    },
  )
})
