import { list, literal, number, optional, struct, type Decoder } from '@ptu/config'
import type { Targets, TargetScale } from '@ptu/data'

/** The facts that a model remembers of a task whose examples do not have one class each. */
export interface TaskFacts {
  readonly kind: Targets['kind']
  /** The probability from which each label is on, chosen on examples that were held out from training. */
  readonly thresholds?: readonly number[] | undefined
  /** The way from an output to a number: `mean + deviation · output`. */
  readonly scale?: TargetScale | undefined
  /** The margin that holds this part of the differences between held-out numbers and their predictions. */
  readonly interval?: { readonly level: number; readonly margin: number } | undefined
  /** R² or macro F1 on the target's test data; absent where there were none. */
  readonly tested?: number | undefined
}

/** Checks the facts of a task. */
export const taskFactsDecoder: Decoder<TaskFacts> = struct({
  kind: literal('multi-label', 'regress'),
  thresholds: optional(list(number({ min: 0, max: 1 }), { min: 1, max: 100_000 })),
  scale: optional(struct({ mean: number(), deviation: number({ above: 0 }) })),
  interval: optional(struct({ level: number({ above: 0, max: 1 }), margin: number({ min: 0 }) })),
  tested: optional(number({ max: 1 })),
})

/** The numbers that each kind of task needs, and the classes that it has. */
const needs: Readonly<Record<Targets['kind'], (facts: TaskFacts, classes: number) => boolean>> = {
  'multi-label': ({ thresholds }, classes) => classes >= 2 && thresholds?.length === classes,
  regress: ({ scale }, classes) => classes === 1 && scale !== undefined,
}

/** The reason that the facts of a task do not fit a number of classes; undefined where they do. */
export const taskProblem = (facts: TaskFacts | undefined, classes: number): string | undefined => {
  if (facts === undefined) return classes < 2 ? `expected at least 2 classes, got ${classes}` : undefined
  return needs[facts.kind](facts, classes)
    ? undefined
    : `expected a threshold for each label or the scale of one number, it has ${classes} classes and ${JSON.stringify(facts)}`
}
