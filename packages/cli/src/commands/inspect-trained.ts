import { decode, list, literal, nullable, optional, number, string, type Decoder } from '@ptu/config'
import { isRecord, type Json } from '@ptu/core'
import { dataKindOf, printable, RunError, type ExperimentError } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import type { Answer } from '../answer.ts'
import { counted, countedOf, percent } from '../format.ts'
import { table } from '../table.ts'
import { classesText } from '../train-text.ts'
import { inspectTargets, isTargets } from './inspect-targets.ts'
import { partOf } from './part-of.ts'

const judgement = {
  count: number({ min: 0 }),
  accuracy: number({ min: 0, max: 1 }),
  interval: partOf({ low: number(), high: number() }),
}

/** The part of a `train.json` that is shown. */
const trained = partOf({
  schema: literal('ptu-train/1'),
  source: partOf({ title: string }),
  data: partOf({
    path: string,
    kind: optional(string),
    inputs: optional(string),
    classes: list(partOf({ name: string, train: number(), test: number() }), { max: 100_000 }),
  }),
  shipped: partOf({ method: string, why: string, steps: number() }),
  methods: list(partOf({ method: string, ...judgement }), { min: 1 }),
  notes: list(string),
  test: nullable(partOf(judgement)),
})

/** Tells whether a document was written by ptu train. */
export const isTrained = (document: Json): boolean =>
  isRecord(document) && (document['schema'] === 'ptu-train/1' || isTargets(document))

/**
 * Shows the results of a training: the shipped model, its quality, and the notes. Nothing in the document is trusted.
 */
export const inspectTrained = (path: string, document: Json): E.Either<ExperimentError, Answer> =>
  isTargets(document) ? inspectTargets(path, document) : inspectClasses(path, document)

const inspectClasses = (path: string, document: Json): E.Either<ExperimentError, Answer> =>
  pipe(
    decode(trained, `${path} is not the result of ptu train:`)(document),
    E.bimap(
      ({ message }) => new RunError(message),
      (found) => ({ text: textOf(found), json: document }),
    ),
  )

type Trained = typeof trained extends Decoder<infer A> ? A : never

const textOf = ({ source, data, shipped, methods, notes, test }: Trained): string =>
  [
    `trained on ${printable(data.path)}: ${countedOf(
      data.classes.reduce((sum, { train }) => sum + train, 0),
      dataKindOf(data.kind).words.many,
    )} of ${data.classes.length} classes`,
    ...(data.inputs === undefined ? [] : [`inputs: ${printable(data.inputs)}`]),
    `classes: ${classesText(data.classes)}`,
    `source ${printable(source.title)}`,
    `shipped: ${shipped.method}${shipped.method === 'probe' ? '' : `, ${counted(shipped.steps, 'step')}`} (${shipped.why})`,
    '',
    table(
      ['method', 'accuracy %', '95 % interval', 'held out'],
      methods.map(({ method, accuracy, interval, count }) => [
        method,
        percent(accuracy),
        `${percent(interval.low)} to ${percent(interval.high)}`,
        String(count),
      ]),
    ),
    '',
    ...notes.map((note) => `note: ${printable(note)}`),
    test === null
      ? `no test data; the accuracy is that of ${dataKindOf(data.kind).words.many} that were held out from training, fold by fold`
      : `test data, looked at once: ${percent(test.accuracy)} % of ${test.count} (${percent(test.interval.low)} to ${percent(test.interval.high)})`,
  ].join('\n')
