import { OptionError } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, UsageError, type ExperimentError } from '../errors.ts'
import { namedIn } from '../named.ts'
import type { TaskData } from '../tasks/task-data.ts'
import type { MeasuredSets } from '../run/comparison.ts'
import { columnsOf, type Measure, type MeasuredModel, type MeasuredValue } from './measure.ts'

/** Finds measures by name; a name that is not known is answered with the list. */
export const measuresNamed = (
  names: readonly string[],
  known: readonly Measure[],
): E.Either<ExperimentError, readonly Measure[]> =>
  pipe(
    names,
    E.traverseArray((name) => namedIn('--measure', known, name)),
  )

/** A Left where a measure cannot be taken on the test part of a task. */
export const checkMeasures = (measures: readonly Measure[], { test }: TaskData): E.Either<ExperimentError, void> => {
  for (const measure of measures) {
    const found = test.targets === undefined ? measure.problem(test) : ofClasses(test.targets.kind)
    if (found !== undefined) return E.left(new UsageError(`--measure ${measure.name}: ${found}`))
  }
  return E.right(undefined)
}

/** Measures are of probabilities of classes. */
const ofClasses = (kind: string): string =>
  `expected one class for each example, got a task of the kind ${kind}; leave it out`

/** The sets that measures need beside the test examples, in plain memory; undefined where nothing is measured. */
export const changedFor = (measures: readonly Measure[], { test }: TaskData): readonly MeasuredSets[] | undefined =>
  measures.length === 0
    ? undefined
    : measures.map((measure) => ({ measure: measure.name, datasets: measure.changed?.(test) ?? [] }))

/** Takes measures of a model one after the other. A Left where one has no finite number. */
export const measureModel =
  (
    model: Omit<MeasuredModel, 'changed'>,
    sets: readonly MeasuredSets[],
    known: readonly Measure[],
  ): TE.TaskEither<ExperimentError, readonly MeasuredValue[]> =>
  async () => {
    const measures = measuresNamed(
      sets.map(({ measure }) => measure),
      known,
    )
    if (E.isLeft(measures)) return measures
    const found: MeasuredValue[] = []
    for (const [place, measure] of measures.right.entries()) {
      const taken = await takenOf(measure, { ...model, changed: sets[place]?.datasets ?? [] })
      if (E.isLeft(taken)) return taken
      found.push(...taken.right)
    }
    return E.right(found)
  }

const takenOf = async (
  measure: Measure,
  model: MeasuredModel,
): Promise<E.Either<ExperimentError, readonly MeasuredValue[]>> => {
  const columns = columnsOf([measure])
  try {
    const values = await measure.measure(model)
    const odd = columns.findIndex((_, i) => !Number.isFinite(values[i]))
    if (odd < 0) return E.right(columns.map(({ name }, i) => ({ name, value: values[i] ?? 0 })))
    return E.left(new RunError(`${columns[odd]?.name ?? ''}: expected a finite number, got ${String(values[odd])}`))
  } catch (cause) {
    if (cause instanceof OptionError) return E.left(new RunError(`--measure ${measure.name}: ${cause.message}`))
    throw cause
  }
}
