import { foldIn, key, permutation } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'
import { dataKindOf, type LoadedModel } from '@ptu/experiments'
import { countParams } from '@ptu/tensor'
import { getBackend } from '@tensorflow/tfjs-core'

import type { TestExamples } from '../commands/evaluate-data.ts'
import type { Env } from '../env.ts'
import { versions } from '../versions.ts'
import { breaksOf, ofRows, pictureShifts, type ExampleShift } from './breaks.ts'
import { certaintyOf } from './certainty.ts'
import { countedClassifier, type CountedClassifier } from './classifier.ts'
import { columnLeaning, columnsLooked, columnSpans } from './column-leaning.ts'
import { effortOf, type Effort } from './effort.ts'
import { isMissing, type Changes, type Explanation, type Missing } from './explanation.ts'
import { occlusionMap } from './heat-map.ts'
import { passesEach, pictureLeaning } from './picture-leaning.ts'
import { rightOf } from './right.ts'
import { importantUnits, type UnitsFound } from './unit-patches.ts'
import { tableShifts, textShifts } from './row-shifts.ts'
import { answersOf } from './words.ts'
import { fragileParameters } from './worst-parameters.ts'

/** What is explained. */
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

/** What was found, and the pictures that it shows. */
export interface Explained {
  readonly document: Explanation
  readonly shown: Dataset
  /** The pixels of the patches that excite important units, in the order in which they are listed. */
  readonly patches: readonly Dataset[]
}

/** Examples at hand with their names: at most so many, drawn with the seed. */
interface Looked {
  readonly examples: Dataset
  readonly names: readonly string[]
}

/** The names that belong to the examples, where those that are left out were named too. */
const namesOf = ({ examples, names = [], leftOut }: TestExamples): readonly string[] => {
  const known = new Set(leftOut?.names)
  const own = names.filter((name) => !known.has(name))
  return own.length === examples.labels.length ? own : []
}

const lookedAt = (tested: TestExamples, seed: number, limit: number): Looked => {
  const names = namesOf(tested)
  const places = permutation(key(seed), tested.examples.labels.length).slice(0, limit)
  return {
    examples: take(tested.examples, places),
    names: names.length === 0 ? [] : Array.from(places, (place) => names[place] ?? ''),
  }
}

/** The kind of a model's inputs: pictures, columns of a table, counts of texts. */
type Inputs = 'pictures' | 'columns' | 'texts'

const inputsOf = ([{ facts }]: ExplainRequest['models'], { shape, features }: Dataset): Inputs => {
  if (facts.encoding?.kind === 'text') return 'texts'
  return shape.length === 3 && features instanceof Uint8Array ? 'pictures' : 'columns'
}

/** The number of passes that all parts take together. */
const passesOf = (inputs: Inputs, looked: Dataset, columns: number, shifts: number, effort: Effort): number => {
  const count = looked.labels.length
  const shifted = Math.min(effort.shifted, count)
  const leaning = {
    pictures: Math.min(effort.pictures, count) * passesEach(effort.side),
    columns: columns * effort.repeats * count,
    texts: 0,
  }[inputs]
  return count + leaning + shifted * (1 + shifts * effort.severities.length)
}

/** Finds what a model leans on, how sure it is, what breaks it and what transfer changed. */
export const explain = async (request: ExplainRequest, env: Env): Promise<Explained> => {
  const { models, tested, quick, seed } = request
  const [{ facts }] = models
  const looked = lookedAt(tested, seed, request.limit)
  const inputs = inputsOf(models, looked.examples)
  const spans = inputs === 'pictures' ? [] : columnSpans(looked.examples.shape[0] ?? 1, facts.encoding)
  const shifts = {
    pictures: pictureShifts,
    columns: ofRows(tableShifts(spans, facts.normalisation)),
    texts: ofRows(textShifts(spans, facts.normalisation)),
  }[inputs]
  const effort = effortOf(quick)
  const total = passesOf(inputs, looked.examples, columnsLooked(spans), shifts.length, effort)
  const progress = env.progress('explaining')
  const counted = countedClassifier(models, env, (done) => {
    progress.set(Math.min(done, total), total)
  })
  try {
    const { shown, patches, ...parts } = await partsOf({ request, looked, inputs, spans, shifts, effort }, counted, env)
    const data = dataOf(request, looked.examples, inputs)
    const document: Explanation = {
      ...{ schema: 'ptu-explanation/1', versions, backend: getBackend(), seed, quick },
      model: {
        ...{ path: request.path, method: facts.method, classes: facts.classes },
        parameters: models.reduce((sum, { params }) => sum + countParams(params), 0),
      },
      data,
      answers: answersOf({ ...parts, data }),
      ...parts,
      gates: facts.gates,
    }
    return { document, shown, patches }
  } finally {
    progress.stop()
  }
}

const dataOf = ({ data, tested, models: [{ facts }] }: ExplainRequest, examples: Dataset, inputs: Inputs) => ({
  path: data,
  many: inputs === 'pictures' ? 'images' : dataKindOf(facts.encoding?.kind ?? 'table').words.many,
  count: examples.labels.length,
  seen: tested.seen,
  leftOut: tested.leftOut?.names.length ?? 0,
  notes: tested.notes ?? [],
})

/** All that the parts are found from. */
interface Plan {
  readonly request: ExplainRequest
  readonly looked: Looked
  readonly inputs: Inputs
  readonly spans: ReturnType<typeof columnSpans>
  readonly shifts: readonly ExampleShift[]
  readonly effort: Effort
}

/** Finds the parts one after the other, with the passes and the time of each. */
const partsOf = async (plan: Plan, { classify, passes }: CountedClassifier, { now }: Env) => {
  const { request, looked, shifts, effort } = plan
  const cost: Record<string, Explanation['cost']['leaning']> = {}
  const costed = async <A>(name: keyof Explanation['cost'], find: () => Promise<A>): Promise<A> => {
    const [began, before] = [now(), passes()]
    const found = await find()
    cost[name] = { passes: passes() - before, seconds: (now() - began) / 1000 }
    return found
  }
  let probabilities = new Float32Array(0)
  const certainty = await costed('certainty', async () => {
    probabilities = Float32Array.from(await classify(looked.examples))
    return certaintyOf(foldIn(key(request.seed), 1), probabilities, looked.examples)
  })
  const { leaning, shown, units, patches } = await costed('leaning', async () => ({
    ...(await leaningOf(plan, probabilities, classify)),
    ...(await unitsOf(plan, probabilities)),
  }))
  const some = Array.from({ length: Math.min(effort.shifted, looked.examples.labels.length) }, (_, i) => i)
  const [breaks, fragile] = await costed('breaks', async () => [
    await breaksOf(classify, {
      ...{ examples: take(looked.examples, some), shifts, severities: effort.severities, seed: request.seed },
    }),
    await fragileParameters(
      request.models[0],
      take(looked.examples, [...looked.examples.labels.keys()].slice(0, effort.fragile)),
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
): Promise<UnitsFound> => {
  if (inputs !== 'pictures') return Promise.resolve({ units: { why: 'only pictures have parts to show' }, patches: [] })
  const classes = examples.classes.length
  const taken = Array.from(examples.labels, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes)
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)))
  })
  return importantUnits({ model: models[0], examples, names, taken, effort: effort.units })
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
