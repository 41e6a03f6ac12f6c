import { decode, list, literal, nullable, number, optional, string, type Decoder } from '@ptu/config'
import { isRecord, type Json } from '@ptu/core'
import { dataKindOf, printable, RunError, targetKinds, type ExperimentError, type TaskFacts } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import type { Answer } from '../answer.ts'
import { table } from '../table.ts'
import { intervalText, judgementWords, labelsText, predictedWords, scoreCells, scoreHead } from '../target-text.ts'
import { partOf } from './part-of.ts'

const numbers: Decoder<Readonly<Record<string, number>>> = (input, path) => {
  const fields = isRecord(input) ? input : {}
  return partOf(Object.fromEntries(Object.keys(fields).map((name) => [name, number()])))(input, path)
}

const label = partOf({ name: string, count: number(), precision: number(), recall: number(), f1: number() })

const judgement = {
  count: number({ min: 0 }),
  scores: numbers,
  interval: partOf({ low: number(), high: number() }),
  labels: optional(list(label, { max: 100_000 })),
}

const facts: Decoder<TaskFacts> = partOf({
  kind: literal('multi-label', 'regress'),
  thresholds: optional(list(number(), { max: 100_000 })),
  scale: optional(partOf({ mean: number(), deviation: number() })),
  interval: optional(partOf({ level: number(), margin: number() })),
})

/** The part of the results of a training on sets of labels or on numbers that is shown. */
const trained = partOf({
  schema: literal('ptu-train-targets/1'),
  examples: number({ min: 0 }),
  task: facts,
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

type Trained = typeof trained extends Decoder<infer A> ? A : never

/** Tells whether a document is the result of a training on sets of labels or on numbers. */
export const isTargets = (document: Json): boolean => isRecord(document) && document['schema'] === 'ptu-train-targets/1'

/** Shows the results of such a training. Nothing in the document is trusted. */
export const inspectTargets = (path: string, document: Json): E.Either<ExperimentError, Answer> =>
  pipe(
    decode(trained, `${path} is not the result of ptu train:`)(document),
    E.bimap(
      ({ message }) => new RunError(message),
      (found) => ({ text: textOf(found), json: document }),
    ),
  )

const textOf = (found: Trained): string => {
  const { data, task, source, shipped, methods, notes, test, examples } = found
  const kind = targetKinds[task.kind]
  const { many } = dataKindOf(data.kind).words
  const parts = { task, data: data as unknown as Parameters<typeof predictedWords>[0]['data'] }
  const [first] = methods
  return [
    `trained on ${printable(data.path)}: ${examples} ${many}, ${predictedWords(parts)}`,
    ...(data.inputs === undefined ? [] : [`inputs: ${printable(data.inputs)}`]),
    `source ${printable(source.title)}`,
    `shipped: ${shipped.method}${shipped.method === 'probe' ? '' : `, ${shipped.steps} steps`} (${shipped.why})`,
    ...(task.scale === undefined
      ? []
      : [`learnt as (value - mean) / deviation with mean ${task.scale.mean} and deviation ${task.scale.deviation}`]),
    ...intervalText(parts),
    '',
    table(
      ['method', ...scoreHead(kind), 'held out'],
      methods.map((one) => [one.method, ...scoreCells(kind, one), String(one.count)]),
    ),
    ...(first?.labels === undefined ? [] : ['', labelsText(first.labels, task.thresholds)]),
    '',
    ...notes.map((note) => `note: ${printable(note)}`),
    test === null
      ? `no test data; the scores are those of ${many} that were held out from training, fold by fold`
      : `test data, looked at once: ${judgementWords(kind, { ...test, labels: test.labels ?? [] })}`,
  ].join('\n')
}
