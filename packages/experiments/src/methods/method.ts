import type { Key } from '@ptu/core'
import type { Dataset, Normalisation } from '@ptu/data'
import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import type { Evidence, Strategy, TransferPlan } from '@ptu/strategies'

/** The choices that a method leaves to its user or to a search. */
export interface Hyperparameters {
  /** The number of blocks that are taken from the source; null if the method takes all or none. */
  readonly depth: number | null
  /** The learning rate. */
  readonly rate: number
}

/**
 * The part that a method plays in a comparison.
 *
 * - `baseline`: a tuned baseline. It searches on a validation part of the labels; `any*` is the best of them.
 * - `recipe`: a fixed baseline that searches nothing.
 * - `candidate`: a method that may be recommended.
 * - `control`: shows what a candidate owes to one of its parts; never recommended.
 */
export type Role = 'baseline' | 'recipe' | 'candidate' | 'control'

/** The circumstances that decide what a method tries. */
export interface Question {
  /** The number of the source's blocks. */
  readonly blocks: number
  /** The learning rates to choose from. */
  readonly rates: readonly number[]
  /** The learning rate of methods that search nothing. */
  readonly rate: number
}

/** A source and labelled examples, for a method that looks at them before it is trained. */
export interface LabelledTask {
  /** The source as it is trained from: rescaled where that is done. */
  readonly source: SourceNetwork<OpenBlock>
  /** Tells that the blocks of the source were brought to unit size. */
  readonly rescaled: boolean
  readonly labelled: Dataset
  readonly normalisation: Normalisation
  /** Draws what is random in the look at them, apart from what training draws. */
  readonly key: Key
}

/** A plan after a look at the labelled examples. */
export interface AdaptedPlan extends TransferPlan {
  /** The evidence that set it, which the result of a run keeps; absent where it was set otherwise. */
  readonly evidence?: Evidence
}

/**
 * A way to transfer: a strategy for each block, and the settings that it tries.
 *
 * A method is a value. The built-in ones are a table; others come from modules that export `method`.
 *
 * @example
 * ```ts
 * const lastBlockOnly: Method = {
 *   name: 'last-block',
 *   role: 'candidate',
 *   trials: ({ rate }) => [{ depth: null, rate }],
 *   plan: ({ blocks }) => blocks.map((_, i) => (i === blocks.length - 1 ? fineTune : share)),
 * }
 * expect(lastBlockOnly.trials({ blocks: 3, rates: [], rate: 1e-3 })).toHaveLength(1)
 * ```
 */
export interface Method {
  /** Letters, digits and hyphens. */
  readonly name: string
  readonly role: Role
  /** The kinds of task that it is for, as `TaskKind` names them; all unless given. */
  readonly kinds?: readonly string[]
  /** All settings that it tries; one where there is nothing to choose. */
  trials(question: Question): readonly Hyperparameters[]
  /** A strategy for each block of a source, input side first. */
  plan(source: SourceNetwork<OpenBlock>, chosen: Hyperparameters): readonly Strategy[]
  /**
   * The parts of the rate at which the blocks learn, input side first, and after them the head; 1 each unless given, 0 for what
   * stays as it starts.
   */
  rateParts?(source: SourceNetwork<OpenBlock>): readonly number[]
  /**
   * Changes the plan, or the head, by a look at the labelled examples before training; its seconds count as training.
   *
   * Only for methods that search nothing: a search would see the labels that judge it. Rejects with `RunError` where the
   * examples do not allow it.
   */
  adapt?(plan: TransferPlan, task: LabelledTask): AdaptedPlan | Promise<AdaptedPlan>
}

/** Tells whether a method chooses on a validation part of the labels. */
export const searches = ({ role }: Pick<Method, 'role'>): boolean => role === 'baseline'

/** The number of trainings that a method takes: each trial and, if there is a search, the refit. */
export const trainingsOf = (method: Method, question: Question): number =>
  searches(method) ? method.trials(question).length + 1 : 1

/** Hyperparameters in words: `depth 2, rate 0.001`. */
export const describeTrial = ({ depth, rate }: Hyperparameters): string =>
  `${depth === null ? '' : `depth ${depth}, `}rate ${rate}`
