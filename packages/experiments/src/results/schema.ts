import {
  boolean,
  integer,
  list,
  literal,
  nullable,
  number,
  optional,
  refine,
  string,
  struct,
  type Decoder,
} from '@ptu/config'

import type { EvidenceReading, HypothesisReading } from '../advise/reading.ts'
import type { MeasuredColumn, MeasuredValue } from '../measures/measure.ts'
import type { Role } from '../methods/method.ts'
import { sourceSpec } from '../sources/source.ts'
import type { GateReading } from './evaluation.ts'
import type {
  Difference,
  JobResult,
  MeasureSummary,
  MethodSummary,
  Results,
  Row,
  RunResult,
  RunSettings,
  SourceSummary,
  TargetSummary,
  TrialSummary,
} from './results.ts'
import { withinKind } from './within-kind.ts'

const part = number({ min: 0, max: 1 })
/** A score: a part of one, but of numbers R², which may be below 0. */
const score = number({ max: 1 })
const positive = number({ min: 0 })
const count = integer({ min: 0 })
const range = struct({ low: number(), high: number() })
const role: Decoder<Role> = literal('baseline', 'recipe', 'candidate', 'control')
const method: Decoder<MethodSummary> = struct({ name: string, role })

const settings: Decoder<RunSettings> = struct({
  source: sourceSpec,
  target: string,
  shots: count,
  seeds: list(count, { min: 1 }),
  methods: list(method, { min: 1 }),
  steps: count,
  batch: count,
  rates: list(positive),
  rate: positive,
  backend: string,
  judged: nullable(string),
  measures: optional(list(string)),
})

const source: Decoder<SourceSummary> = struct({
  name: string,
  title: string,
  digest: string,
  data: nullable(string),
  accuracy: nullable(part),
  chance: nullable(part),
  testLabels: nullable(count),
  warning: nullable(string),
  blocks: list(string, { min: 1 }),
  parameters: count,
  rescaled: boolean,
  rescaleProblem: nullable(string),
  seconds: positive,
})

const target: Decoder<TargetSummary> = struct({
  data: string,
  kind: string,
  classes: list(string, { min: 1 }),
  testExamples: count,
  testLabels: count,
})

const trial: Decoder<TrialSummary> = struct({
  depth: nullable(count),
  rate: positive,
  accuracy: score,
  loss: nullable(number()),
  seconds: positive,
})

const hypothesis: Decoder<HypothesisReading> = struct({
  name: string,
  weight: part,
  loss: number(),
  standardError: positive,
  score: number(),
  advantage: number(),
})

const evidence: Decoder<EvidenceReading> = struct({
  examples: count,
  judge: string,
  margin: positive,
  outcome: literal('departs', 'usual', 'undecided'),
  advantage: positive,
  blocks: list(
    struct({
      block: string,
      state: literal('as it is', 'adapted', 'mixed', 'new'),
      update: part,
      fineTune: part,
    }),
    { min: 1 },
  ),
  advice: string,
  reason: string,
  method: string,
  hypotheses: list(hypothesis, { min: 1 }),
})

/** Checks the openness of a unit's gates. */
export const gateDecoder: Decoder<GateReading> = struct({
  block: string,
  unit: count,
  update: list(part),
  fineTune: nullable(list(part)),
})

const measured: Decoder<MeasuredValue> = struct({ name: string, value: number() })

const column: Decoder<MeasuredColumn> = struct({
  measure: string,
  name: string,
  title: string,
  unit: literal('part', 'number'),
  beside: optional(string),
})

const outcome = {
  depth: nullable(count),
  rate: positive,
  accuracy: score,
  curve: list(number()),
  evidence: optional(evidence),
  gates: list(gateDecoder),
  parameters: count,
  bytes: count,
  foldError: positive,
  testOpened: integer({ min: 1, max: 1 }),
  trials: list(trial),
  measures: optional(list(measured)),
  thresholds: optional(list(part)),
  seconds: positive,
}

/** Checks what a finished job keeps. */
export const jobResultDecoder: Decoder<JobResult> = struct(outcome)

const run: Decoder<RunResult> = struct({ ...outcome, method: string, seed: count, chosen: string })

const difference: Decoder<Difference> = struct({
  reference: string,
  mean: number(),
  interval: nullable(range),
  wins: positive,
  p: part,
})

const summary: Decoder<MeasureSummary> = struct({ name: string, mean: number(), interval: nullable(range) })

const row: Decoder<Row> = struct({
  method: string,
  role,
  mean: score,
  interval: nullable(range),
  differences: list(difference),
  measures: optional(list(summary)),
  parameters: count,
  bytes: count,
  seconds: positive,
})

const fields: Decoder<Results> = struct({
  schema: literal('ptu-results/3'),
  settings,
  versions: struct({ ptu: string, tfjs: string, node: string }),
  source,
  target,
  measures: optional(list(column)),
  runs: list(run, { min: 1 }),
  rows: list(row, { min: 1 }),
  reference: nullable(string),
  verdict: string,
  seconds: positive,
})

/** Checks a `results.json` from anywhere; `docs/results-schema.md` says the same in words. */
export const resultsDecoder: Decoder<Results> = refine(fields, withinKind)
