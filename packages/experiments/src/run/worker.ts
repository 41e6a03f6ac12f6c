import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { Measure } from '../measures/measure.ts'
import type { Method } from '../methods/method.ts'
import type { OnStep } from '../progress.ts'
import type { JobResult } from '../results/results.ts'
import type { FrozenPrefix, PrefixRequest } from '../sources/freeze-prefix.ts'
import type { SourceRequest, TrainedNetwork } from '../sources/train-source.ts'
import type { Weighed, WeighRequest } from './weigh.ts'
import type { Comparison } from './comparison.ts'
import type { Fitted, FitRequest } from './fit-method.ts'
import type { Job } from './job.ts'
import type { LinearRequest } from './linear-model.ts'
import type { PredictRequest } from './predict-request.ts'

/** A worker that trains, one piece of work at a time: this thread, another one, another machine. */
export interface Worker {
  /** Starts the backend and returns its name, also if `auto` was asked for. */
  start(): TaskEither<ExperimentError, string>
  /** Trains a source network. */
  trainSource(request: SourceRequest, onStep: OnStep): TaskEither<ExperimentError, TrainedNetwork>
  /** Computes the first blocks of a network once for every example. */
  freeze(request: PrefixRequest, onStep: OnStep): TaskEither<ExperimentError, FrozenPrefix>
  /** Trains a method on a draw of labels and judges it on the test data. */
  run(comparison: Comparison, job: Job, onStep: OnStep): TaskEither<ExperimentError, JobResult>
  /** Does what `run` does, and keeps the model. */
  make(comparison: Comparison, job: Job, onStep: OnStep): TaskEither<ExperimentError, MadeModel>
  /** Trains a method on some of the labelled examples; predicts others, keeps the model. */
  fit(request: FitRequest, onStep: OnStep): TaskEither<ExperimentError, Fitted>
  /** Makes a model of a frozen network and a linear head. */
  linear(request: LinearRequest, onStep: OnStep): TaskEither<ExperimentError, Uint8Array>
  /** Predicts examples by models. */
  predict(request: PredictRequest, onStep: OnStep): TaskEither<ExperimentError, Float32Array>
  /** Weighs what of a source transfers to labelled examples, and what the ways to use it cost. */
  weigh(request: WeighRequest, onStep: OnStep): TaskEither<ExperimentError, Weighed>
  /** Frees all that it holds. */
  close(): void
}

/** A job's result with the folded model. */
export interface MadeModel {
  readonly result: JobResult
  /** The bytes of the model's file, for `decodeModel`. */
  readonly model: Uint8Array
  /**
   * The source as the method got it, from the first block on that was not frozen for all: a file for `decodeNetwork`, whose
   * metadata hold the SHA-256 of `model` as `model`.
   */
  readonly before: Uint8Array
}

/** Opens the workers of an experiment; at least one. */
export type Executor = (setup: WorkerSetup) => readonly Worker[]

/** The setup of a worker. Backend and modules are plain data. */
export interface WorkerSetup {
  /** The name of a backend, or `auto`. */
  readonly backend: string
  /** The modules that hold methods of users, by path. */
  readonly modules: readonly string[]
  /** The methods that jobs may name, for workers on this thread; other workers load the modules. */
  readonly methods?: readonly Method[]
  /** The measures that jobs may name, for workers on this thread; other workers load the module. */
  readonly measures?: readonly Measure[]
  readonly signal: AbortSignal
  /** Called with warnings that stop nothing. */
  readonly warn: (text: string) => void
}
