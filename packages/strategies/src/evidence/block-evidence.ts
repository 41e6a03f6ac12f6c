import { usualUpdate, type Hypothesis } from './hypothesis.ts'

/** The evidence about one block: the weights of its states, which sum to 1, and the gates that follow from them. */
export interface BlockEvidence {
  readonly block: string
  /** The weight of keeping the source's parameters. */
  readonly frozen: number
  /** The weight of starting from the source and training. */
  readonly source: number
  /** Weight of: starts at random. */
  readonly random: number
  /** The weight of starting as a mix of source and random. */
  readonly mixed: number
  /** Openness `u` of the update gate. */
  readonly update: number
  /** Openness `f` of the fine-tune gate. */
  readonly fineTune: number
}

/** The treatment of a block whose evidence favours neither the source nor a random start. */
export type Undecided = 'recipe' | 'weighted'

/** Weights beyond which a gate is shut or open for good. */
const [certain, excluded, surelyRandom] = [0.95, 0.05, 0.985]

/**
 * Sets the gates of every block from the weights of the hypotheses.
 *
 * If the hypothesis "frozen" has more than half of the weight, all blocks are frozen: `u = 0`. Otherwise, with `P` the
 * weights among the other hypotheses,
 *
 * `f_l = P(block l starts from the source)`, set to 1 above .95 and to 0 below .05,
 *
 * `u_l = .75 + .25·P(block l starts at random, unmixed)`, set to 1 above .985.
 *
 * An `f_l` from .05 to .95 is not decided. With `recipe` the block then keeps `u = .75`, `f = 1`; with `weighted` it
 * keeps `f_l`. Blocks before `from` do not learn: they are frozen whatever the weights.
 */
export const blockEvidence = (
  names: readonly string[],
  from: number,
  hypotheses: readonly Hypothesis[],
  weights: readonly number[],
  undecided: Undecided,
): readonly BlockEvidence[] => {
  const total = (holds: (hypothesis: Hypothesis) => boolean): number =>
    hypotheses.reduce((sum, hypothesis, o) => sum + (holds(hypothesis) ? (weights[o] ?? 0) : 0), 0)
  const frozen = total(({ kind }) => kind === 'frozen')
  return names.map((block, l) => {
    if (l < from) return { block, frozen: 1, source: 0, random: 0, mixed: 0, update: 0, fineTune: 1 }
    const among = (above: 'random' | 'mixed'): number =>
      total((h) => h.kind === 'adapted' && h.depth <= l && h.above === above)
    const states = {
      frozen,
      source: total((h) => h.kind === 'adapted' && h.depth > l),
      random: among('random'),
      mixed: among('mixed'),
    }
    return { block, ...states, ...(frozen > 0.5 ? { update: 0, fineTune: 1 } : gatesOf(states, undecided)) }
  })
}

type Gates = Pick<BlockEvidence, 'update' | 'fineTune'>

/** The gates of a block that follows the recipe: trained from the source, three quarters of the way open. */
export const recipeGates: Gates = { update: usualUpdate, fineTune: 1 }

const gatesOf = (
  { source, random, mixed }: Pick<BlockEvidence, 'source' | 'random' | 'mixed'>,
  undecided: Undecided,
): Gates => {
  const moving = source + random + mixed
  const fineTune = source / moving
  const settled = fineTune > certain || fineTune < excluded
  if (!settled && undecided === 'recipe') return recipeGates
  const update = usualUpdate + (1 - usualUpdate) * (random / moving)
  return {
    update: update > surelyRandom ? 1 : update,
    fineTune: fineTune > certain ? 1 : fineTune < excluded ? 0 : fineTune,
  }
}
