import { key, permutation } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'
import { dataKindOf } from '@ptu/experiments'
import { countParams } from '@ptu/tensor'
import { getBackend } from '@tensorflow/tfjs-core'

import type { TestExamples } from '../commands/evaluate-data.ts'
import type { Env } from '../env.ts'
import { versions } from '../versions.ts'
import { ofRows, pictureShifts } from './breaks.ts'
import { countedClassifier } from './classifier.ts'
import { columnsLooked, columnSpans } from './column-leaning.ts'
import { effortOf, type Effort } from './effort.ts'
import { partsOf, type ExplainRequest, type Inputs, type Looked } from './explained-parts.ts'
import type { Explanation } from './explanation.ts'
import { passesEach } from './picture-leaning.ts'
import { tableShifts, textShifts } from './row-shifts.ts'
import { answersOf } from './words.ts'

/** An explanation, and the pictures that it shows. */
export interface Explained {
  readonly document: Explanation
  readonly shown: Dataset
  /** The pixels of the patches that excite important units, in the order in which they are listed. */
  readonly patches: readonly Dataset[]
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

const inputsOf = ([{ facts }]: ExplainRequest['models'], { shape, features }: Dataset): Inputs => {
  if (facts.encoding?.kind === 'text') return 'texts'
  return shape.length === 3 && features instanceof Uint8Array ? 'pictures' : 'columns'
}

/** The work to go through: the examples, the columns that are shuffled, the shifts, the blocks with the head. */
interface Extent {
  readonly looked: Dataset
  readonly columns: number
  readonly shifts: number
  readonly blocks: number
}

/** The number of passes that all parts take together, at least: conductance may ask for more nodes. */
const passesOf = (inputs: Inputs, { looked, columns, shifts, blocks }: Extent, effort: Effort): number => {
  const count = looked.labels.length
  const shifted = Math.min(effort.shifted, count)
  const leaning = {
    pictures: Math.min(effort.pictures, count) * passesEach(effort.side),
    columns: columns * effort.repeats * count,
    texts: 0,
  }[inputs]
  const { examples, nodes, searched } = effort.units
  const units =
    inputs === 'pictures'
      ? Math.min(examples * looked.classes.length, count) * (nodes + 2) + Math.min(searched, count)
      : 0
  const judged = Math.min(effort.fragile, count) / 2
  return count + leaning + units + shifted * (1 + shifts * effort.severities.length) + judged * (blocks + 2)
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
  const extent = { looked: looked.examples, columns: columnsLooked(spans), blocks: facts.blocks.length + 1 }
  const total = passesOf(inputs, { ...extent, shifts: shifts.length }, effort)
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
