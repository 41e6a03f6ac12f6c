import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { UsageError, type ExperimentError } from '../errors.ts'
import { namedIn } from '../named.ts'
import { showing } from '../run/showing.ts'
import { probeName, type Candidate } from './candidate.ts'
import { chooseAmong } from './choose.ts'
import { crossValidate, emptyCandidate } from './cross-validate.ts'
import { judge, paired } from './judgement.ts'
import { planFolds } from './plan.ts'
import { regimeFor, type TrainRecipe } from './recipes.ts'
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

const recipesOf = ({ spec, comparison, source: { regime } }: TrainContext): Recipes => {
  const named: readonly TrainRecipe[] | undefined =
    spec.method === undefined || spec.method === probeName
      ? undefined
      : [{ method: spec.method, held: { depth: null, rate: comparison.rate }, evidence: 'asked for' }]
  const choices = named ?? regimeFor(regime.recipes, comparison.shots).recipes
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
  const total = recipes.all.length * context.folds.length * context.comparison.steps
  return pipe(
    TE.fromEither(checkMethod(context)),
    TE.flatMap(() =>
      showing(context.tools.progress, 'cross-validation', (tell) => {
        let done = 0
        return validated(context, recipes, (steps) => {
          done += steps
          tell(done, total)
        })
      }),
    ),
    TE.map((found) => selectedOf(context, recipes, found)),
  )
}

const validated = (
  { spec, tools, workers, comparison, folds, began }: TrainContext,
  { choices, all }: Recipes,
  onSteps: (steps: number) => void,
): TaskEither<ExperimentError, Validated> => {
  const { labels, classes } = comparison.target.train
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
  return pipe(
    crossValidate(
      all.map((recipe) => emptyCandidate(recipe, labels, classes.length)),
      [0],
      shared,
    ),
    TE.flatMap((first) => {
      const left = spec.budget - (tools.now() - began) / 1000
      const plan = planFolds(first, isChoice, { left, workers: workers.length, folds: folds.length - 1 })
      const further = Array.from({ length: plan.folds }, (_, i) => i + 1)
      return pipe(
        crossValidate(plan.candidates, further, shared),
        TE.map((found) => ({
          notes: plan.notes,
          candidates: first.map((candidate) => found.find((more) => isSame(more, candidate)) ?? candidate),
          complete: found.filter(isChoice),
        })),
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
  const selected = selectedFrom(context, complete.length > 0 ? complete : candidates.filter(isChoice), choices)
  const others = [probe, ...candidates].filter((candidate) => !isSame(candidate, selected.shipped))
  return {
    ...selected,
    judged: [selected.shipped, ...others],
    notes: [...notes, ...selected.notes, ...probeNotes(selected.shipped, probe)],
  }
}

/** The methods that take nothing from a source network. */
const needNoSource = [probeName, 'scratch']

const checkMethod = ({ spec: { method, source }, tools }: TrainContext): E.Either<ExperimentError, unknown> => {
  if (method === undefined || method === probeName) return E.right(undefined)
  if (source === null && !needNoSource.includes(method))
    return E.left(
      new UsageError(
        `--method: expected ${needNoSource.join(' or ')}, as there is no source network to transfer from, got ${method}; ` +
          'name data with the same columns with --source',
      ),
    )
  return namedIn('--method', tools.methods, method)
}

const selectedFrom = (
  { spec, probe, comparison }: TrainContext,
  choices: readonly Candidate[],
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
  const { candidate, why, level } = chooseAmong([probe.candidate, ...choices])
  const told = level.map(({ method, held }) => (method === probeName ? method : `${method} at ${held.rate}`))
  return { shipped: candidate, why, notes: told.length === 0 ? [] : [`level with it: ${told.join(', ')}`] }
}

/** A warning where the linear probe is clearly ahead of what is shipped. */
const probeNotes = (shipped: Candidate, probe: Candidate): readonly string[] => {
  if (shipped.method === probeName) return []
  const { difference, standardError } = paired(probe.judged, shipped.judged)
  if (difference <= 1.96 * standardError) return []
  const points = (100 * difference).toFixed(1)
  return [
    `the linear probe is ${points} points ahead of ${shipped.method} on held-out examples ` +
      `(${(100 * judge(probe.judged).accuracy).toFixed(1)} %): ship it with --method probe`,
  ]
}
