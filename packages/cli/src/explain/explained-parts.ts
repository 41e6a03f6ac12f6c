import { foldIn, key } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'
import type { LoadedModel } from '@ptu/experiments'

import type { TestExamples } from '../commands/evaluate-data.ts'
import type { Env } from '../env.ts'
import { breaksOf, type ExampleShift } from './breaks.ts'
import { certaintyOf } from './certainty.ts'
import type { CountedClassifier } from './classifier.ts'
import { columnLeaning, columnSpans } from './column-leaning.ts'
import type { Effort } from './effort.ts'
import { isMissing, type Changes, type Explanation, type Missing } from './explanation.ts'
import { occlusionMap } from './heat-map.ts'
import { pictureLeaning } from './picture-leaning.ts'
import { rightOf } from './right.ts'
import { importantUnits, type UnitsFound } from './unit-patches.ts'
import { fragileParameters } from './worst-parameters.ts'

/** A model and the examples that explain it. */
export interface ExplainRequest {
  readonly path: string
  readonly data: string
  readonly models: readonly [LoadedModel, ...LoadedModel[]]
  readonly tested: TestExamples
  /** Finds what transfer changed, with some examples whose outputs are compared. */
  readonly changes: (examples: Dataset) => Promise<Changes | Missing>
  readonly seed: number
  readonly quick: boolean
  /** The most examples that are looked at. */
  readonly limit: number
}

/** Examples at hand with their names: at most so many, drawn with the seed. */
export interface Looked {
  readonly examples: Dataset
  readonly names: readonly string[]
}

/** The kind of a model's inputs: pictures, columns of a table, counts of texts. */
export type Inputs = 'pictures' | 'columns' | 'texts'

/** All that the parts are found from. */
export interface Plan {
  readonly request: ExplainRequest
  readonly looked: Looked
  readonly inputs: Inputs
  readonly spans: ReturnType<typeof columnSpans>
  readonly shifts: readonly ExampleShift[]
  readonly effort: Effort
}

/** The parts that are found, with the pictures that they show. */
type FoundParts = Pick<Explanation, 'leaning' | 'units' | 'certainty' | 'breaks' | 'fragile' | 'changes' | 'cost'> & {
  readonly shown: Dataset
  readonly patches: readonly Dataset[]
}

/** Keeps the passes and the seconds of each part that is found. */
const meter = (
  passes: CountedClassifier['passes'],
  now: Env['now'],
): {
  readonly cost: Record<string, Explanation['cost']['leaning']>
  readonly costed: <A>(name: keyof Explanation['cost'], find: () => Promise<A>) => Promise<A>
} => {
  const cost: Record<string, Explanation['cost']['leaning']> = {}
  return {
    cost,
    costed: async (name, find) => {
      const [began, before] = [now(), passes()]
      const found = await find()
      cost[name] = { passes: passes() - before, seconds: (now() - began) / 1000 }
      return found
    },
  }
}

/** Finds the parts one after the other, with the passes and the time of each. */
export const partsOf = async (
  plan: Plan,
  { classify, passes, tell }: CountedClassifier,
  { now }: Env,
): Promise<FoundParts> => {
  const { request, looked, shifts, effort } = plan
  const { cost, costed } = meter(passes, now)
  let probabilities = new Float32Array(0)
  const certainty = await costed('certainty', async () => {
    probabilities = Float32Array.from(await classify(looked.examples))
    return certaintyOf(foldIn(key(request.seed), 1), probabilities, looked.examples)
  })
  const { leaning, shown, units, patches } = await costed('leaning', async () => ({
    ...(await leaningOf(plan, probabilities, classify)),
    ...(await unitsOf(plan, probabilities, tell)),
  }))
  const some = Array.from({ length: Math.min(effort.shifted, looked.examples.labels.length) }, (_, i) => i)
  const [breaks, fragile] = await costed('breaks', async () => [
    await breaksOf(classify, {
      ...{ examples: take(looked.examples, some), shifts, severities: effort.severities, seed: request.seed },
    }),
    await fragileParameters(
      request.models[0],
      take(looked.examples, [...looked.examples.labels.keys()].slice(0, effort.fragile)),
      tell,
    ),
  ])
  const changes = await costed('changes', () => request.changes(take(looked.examples, some)))
  if (!isMissing(changes) && cost['changes'] !== undefined)
    cost['changes'] = {
      ...cost['changes'],
      passes: changes.blocks.some(({ likeness }) => likeness) ? changes.count : 0,
    }
  return { shown, patches, leaning, units, certainty, breaks, fragile, changes, cost: cost as Explanation['cost'] }
}

const unitsOf = (
  { request: { models }, looked: { examples, names }, inputs, effort }: Plan,
  probabilities: Float32Array,
  tell: CountedClassifier['tell'],
): Promise<UnitsFound> => {
  if (inputs !== 'pictures') return Promise.resolve({ units: { why: 'only pictures have parts to show' }, patches: [] })
  const classes = examples.classes.length
  const taken = Array.from(examples.labels, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes)
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)))
  })
  return importantUnits({ model: models[0], examples, names, taken, effort: effort.units, tell })
}

const leaningOf = async (
  { request: { seed }, looked: { examples, names }, inputs, spans, effort }: Plan,
  probabilities: Float32Array,
  classify: CountedClassifier['classify'],
): Promise<{ readonly leaning: Explanation['leaning']; readonly shown: Dataset }> => {
  const own = foldIn(key(seed), 2)
  if (inputs === 'pictures') {
    const { side, pictures: count } = effort
    return pictureLeaning(own, classify, { examples, names, probabilities, mapper: occlusionMap(side), side, count })
  }
  const shown = take(examples, [])
  if (inputs === 'texts') return { leaning: { why: noWords }, shown }
  const right = rightOf(probabilities, examples)
  return { leaning: await columnLeaning(own, classify, examples, { spans, repeats: effort.repeats, right }), shown }
}

const noWords = 'words are not weighed one by one; ptu predict --text shows what changing a text does'
