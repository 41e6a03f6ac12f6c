import {
  bodyNames,
  boolean,
  integer,
  list,
  literal,
  nullable,
  number,
  strategyNames,
  string,
  struct,
  type Decoder,
} from '@ptu/config'

import type { JobResult } from '../run/strategy-job.ts'
import type { Cell, GateReading, Results, Row, RunSettings, SourceSummary, TargetSummary, Trial } from './results.ts'

const part = number({ min: 0, max: 1 })
const positive = number({ min: 0 })
const count = integer({ min: 0 })
const range = struct({ low: number(), high: number() })

const settings: Decoder<RunSettings> = struct({
  source: string,
  target: string,
  shots: count,
  seeds: list(count, { min: 1 }),
  strategies: list(literal(...strategyNames), { min: 1 }),
  body: literal(...bodyNames),
  steps: count,
  batch: count,
  epochs: positive,
  seed: count,
  rates: list(positive),
  backend: string,
})

const source: Decoder<SourceSummary> = struct({
  data: string,
  accuracy: part,
  blocks: list(string, { min: 1 }),
  parameters: count,
  rescaled: boolean,
  refusal: nullable(string),
  seconds: positive,
})

const target: Decoder<TargetSummary> = struct({
  data: string,
  classes: list(string, { min: 2 }),
  tagged: boolean,
  testExamples: count,
  testLabels: count,
})

const trial: Decoder<Trial> = struct({
  depth: nullable(count),
  rate: positive,
  accuracy: part,
  loss: nullable(number()),
  seconds: positive,
})

export const gateDecoder: Decoder<GateReading> = struct({
  block: string,
  unit: count,
  update: list(part),
  fineTune: nullable(list(part)),
})

const outcome = {
  depth: nullable(count),
  rate: positive,
  accuracy: part,
  curve: list(number()),
  gates: list(gateDecoder),
  parameters: count,
  bytes: count,
  foldError: positive,
  trials: list(trial),
  seconds: positive,
}

/** What a finished job keeps. */
export const jobResultDecoder: Decoder<JobResult> = struct(outcome)

const cell: Decoder<Cell> = struct({ ...outcome, strategy: string, seed: count, chosen: string })

const difference = struct({ mean: number(), interval: range, wins: positive, p: part })

const row: Decoder<Row> = struct({
  strategy: string,
  mean: part,
  interval: range,
  difference: nullable(difference),
  parameters: count,
  bytes: count,
  seconds: positive,
})

/** Checks a `results.json` from anywhere; `docs/results-schema.md` says the same in words. */
export const resultsDecoder: Decoder<Results> = struct({
  schema: literal('ptu-results/1'),
  settings,
  versions: struct({ ptu: string, tfjs: string, node: string }),
  source,
  target,
  cells: list(cell, { min: 1 }),
  rows: list(row, { min: 1 }),
  reference: nullable(string),
  verdict: string,
  seconds: positive,
})
