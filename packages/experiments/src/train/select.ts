import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { percent } from '../results/words.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import { nameAmong, probeName, type Candidate } from './candidate.ts'
import { checkMethod } from './check-method.ts'
import { chooseAmong } from './choose.ts'
import { crossValidate, emptyCandidate, type FoldContext } from './cross-validate.ts'
import { each, finalCost, planFolds } from './plan.ts'
import { regimeFor, type TrainRecipe } from './recipes.ts'
import { paired, scoreOf } from './score.ts'
import { showingFolds, type Counted } from './showing-folds.ts'
import type { TrainContext } from './train.ts'

/** The method that is shipped, and all that were judged. */
export interface Selected {
  readonly shipped: Candidate
  readonly why: string
  /** The shipped one first. */
  readonly judged: readonly Candidate[]
  readonly notes: readonly string[]
}

/** The recipes of a training: those among which is chosen, and those that are only compared with. */
interface Recipes {
  readonly choices: readonly TrainRecipe[]
  readonly all: readonly TrainRecipe[]
}

const isSame = (a: Pick<Candidate, 'method' | 'held'>, b: Pick<Candidate, 'method' | 'held'>): boolean =>
  a.method === b.method && a.held.rate === b.held.rate

const recipesOf = ({ spec, comparison, data, source: { regime } }: TrainContext): Recipes => {
  const named: readonly TrainRecipe[] | undefined =
    spec.method === undefined || spec.method === probeName
      ? undefined
      : [{ method: spec.method, held: { depth: null, rate: comparison.rate }, evidence: 'asked for' }]
  // The evidence for a fixed recipe is of classes: of other kinds cross-validation chooses, however few the labels are.
  const labels = data.train.targets === undefined ? comparison.shots : Infinity
  const choices = named ?? regimeFor(regime.recipes, labels).recipes
  const networks = choices.filter(({ method }) => method !== probeName)
  const others = regime.recipes.companions.filter((recipe) => !networks.some((other) => isSame(recipe, other)))
  return { choices, all: [...networks, ...others] }
}

/** The candidates after cross-validation. */
interface Validated {
  readonly candidates: readonly Candidate[]
  /** Those among which is chosen, of which all folds were trained that there was time for. */
  readonly complete: readonly Candidate[]
  readonly notes: readonly string[]
}

/** Judges methods by cross-validation within the time that there is, and selects the one to ship. */
export const selectCandidate = (context: TrainContext): TaskEither<ExperimentError, Selected> => {
  const recipes = recipesOf(context)
  return pipe(
    TE.fromEither(checkMethod(context)),
    TE.flatMap(() => showingFolds(context, recipes.all.length, (counted) => validated(context, recipes, counted))),
    TE.map((found) => selectedOf(context, recipes, found)),
  )
}

const validated = (
  { spec, tools, workers, comparison, folds, began }: TrainContext,
  { choices, all }: Recipes,
  { onSteps, onPlan }: Counted,
): TaskEither<ExperimentError, Validated> => {
  const isChoice = (candidate: Candidate): boolean => choices.some((recipe) => isSame(recipe, candidate))
  const shared = {
    workers,
    store: tools.store,
    comparison,
    folds,
    seed: spec.seed,
    balance: spec.balance === true,
    onSteps,
  }
  const empty = all.map((recipe) => emptyCandidate(recipe, comparison.target.train, folds))
  const left = (): number => spec.budget - (tools.now() - began) / 1000
  if (spec.method === probeName && left() <= 0)
    return TE.right({ notes: [noTimeFor(all, all)], candidates: [], complete: [] })
  return pipe(
    firstFolds(empty, left, shared),
    TE.flatMap(({ first, notes }) => {
      const plan = planFolds(first, isChoice, { left: left(), workers: workers.length, folds: folds.length - 1 })
      const further = Array.from({ length: plan.folds }, (_, i) => i + 1)
      onPlan(plan.candidates.length * plan.folds)
      return pipe(
        crossValidate(plan.candidates, further, shared),
        TE.map((found) => ({
          notes: [...notes, ...plan.notes],
          candidates: first.map((candidate) => found.find((more) => isSame(more, candidate)) ?? candidate),
          complete: found.filter(isChoice),
        })),
      )
    }),
  )
}

/** The candidates that the first fold was trained of. */
interface FirstFolds {
  readonly first: readonly Candidate[]
  readonly notes: readonly string[]
}

type Settings = Parameters<typeof nameAmong>[1]

const noTimeFor = (some: Settings, all: Settings): string =>
  `no time for ${some.map((one) => nameAmong(one, all)).join(', ')}`

/** No recipe takes more than twice the time of another one. */
const dearest = 2

/** Trains the first fold of as many candidates as there are workers, then of the others where there is time for them. */
const firstFolds = (
  all: readonly Candidate[],
  left: () => number,
  shared: FoldContext,
): TaskEither<ExperimentError, FirstFolds> => {
  const count = Math.max(1, shared.workers.length)
  const [now, later] = [all.slice(0, count), all.slice(count)]
  return pipe(
    crossValidate(now, [0], shared),
    TE.flatMap((first): TaskEither<ExperimentError, FirstFolds> => {
      const one = dearest * Math.max(...first.map(each))
      const isAffordable = Math.ceil(later.length / count) * one + finalCost(first) <= left()
      if (later.length > 0 && !isAffordable) return TE.right({ first, notes: [noTimeFor(later, all)] })
      return pipe(
        crossValidate(later, [0], shared),
        TE.map((others) => ({ first: [...first, ...others], notes: [] })),
      )
    }),
  )
}

const selectedOf = (
  context: TrainContext,
  { choices }: Recipes,
  { candidates, complete, notes }: Validated,
): Selected => {
  const { candidate: probe } = context.probe
  const isChoice = (candidate: Candidate): boolean => choices.some((recipe) => isSame(recipe, candidate))
  const among = complete.length > 0 ? complete : candidates.filter(isChoice)
  const selected = selectedFrom(context, { among, all: candidates }, choices)
  const others = [probe, ...candidates].filter((candidate) => !isSame(candidate, selected.shipped))
  return {
    ...selected,
    judged: [selected.shipped, ...others],
    notes: [...notes, ...selected.notes, ...probeNotes(selected.shipped, probe)],
  }
}

const selectedFrom = (
  { spec, probe, comparison }: TrainContext,
  { among: choices, all }: { readonly among: readonly Candidate[]; readonly all: readonly Candidate[] },
  recipes: readonly TrainRecipe[],
): Omit<Selected, 'judged'> => {
  if (spec.method === probeName) return { shipped: probe.candidate, why: 'asked for', notes: [] }
  const [recipe] = recipes
  if (recipes.length === 1)
    return {
      shipped: choices[0] ?? probe.candidate,
      why:
        spec.method === undefined
          ? `the recipe for ${comparison.shots} labels per class: ${recipe?.evidence ?? ''}`
          : 'asked for',
      notes: [],
    }
  const { candidate, why, level } = chooseAmong([probe.candidate, ...choices], all)
  const told = level.map((other) => nameAmong(other, all))
  return { shipped: candidate, why, notes: told.length === 0 ? [] : [`level with it: ${told.join(', ')}`] }
}

/** A warning where the linear probe is clearly ahead of what is shipped. */
export const probeNotes = (shipped: Candidate, probe: Candidate): readonly string[] => {
  if (shipped.method === probeName) return []
  const { difference, standardError } = paired(probe.judged, shipped.judged)
  if (difference <= 1.96 * standardError) return []
  const { shown, unit } = taskKindOf(probe.judged).comparing
  const part = probe.judged.targets === undefined ? `(${percent(scoreOf(probe.judged))} %)` : ''
  return [
    `the linear probe is ${shown(difference)} ${unit} ahead of ${shipped.method} on held-out examples${part && ` ${part}`}: ` +
      'ship it with --method probe',
  ]
}
