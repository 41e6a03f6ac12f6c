import { describe, refuse, type Decoder } from '@ptu/config'
import { isRecord, type Json } from '@ptu/core'
import type { NamedLayer } from '@ptu/networks'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import type { Worker } from '../run/worker.ts'
import type { Regime } from '../tasks/regime.ts'
import type { TaskData } from '../tasks/task-data.ts'
import type { BodyRecipe } from './bodies.ts'
import type { NetworkStore } from './network-store.ts'
import type { InputRule, PortableNetwork } from './portable-network.ts'
import type { SourceFacts } from './train-source.ts'

/** A source network as data: its kind, and what that kind needs to know. Equal specs give equal networks. */
export interface SourceSpec {
  readonly kind: string
  readonly [field: string]: Json
}

/** Checks that a value is a source spec; its kind checks the rest. */
export const sourceSpec: Decoder<SourceSpec> = (input, path) =>
  isRecord(input) && typeof input['kind'] === 'string'
    ? E.right(input as SourceSpec)
    : refuse(path, `expected a source with a kind, got ${describe(input)}`)

/** A source network that can be had. */
export interface OpenedSource {
  readonly network: PortableNetwork
  readonly facts: SourceFacts
}

/** A source before its network is there: all that can be checked without training. */
export interface PreparedSource {
  /** A short name: `mnist:0-4`, `mobilenet_v2.pth`. */
  readonly name: string
  /** The source in words: `lenet trained on mnist:0-4`. */
  readonly title: string
  readonly spec: SourceSpec
  /** The layers before the head. */
  readonly body: readonly NamedLayer[]
  /** The reason that its own data cannot go through it; undefined where they can. */
  readonly problem: string | undefined
  readonly input: Pick<InputRule, 'shape' | 'vocabulary' | 'image' | 'encoding'>
  /** The data that it is trained on; undefined where they are not known. */
  readonly data: TaskData | undefined
  /** The number of its blocks, input side first, that are computed once per example and never learn. */
  readonly frozen: number
  /** The settings of training that fit it. */
  readonly regime: Regime
  /** Gets the network. */
  readonly open: (worker: Worker, onStep: OnStep) => TaskEither<ExperimentError, OpenedSource>
}

/** The circumstances in which a source is prepared. */
export interface SourceContext {
  readonly bodies: readonly BodyRecipe[]
  readonly networks: NetworkStore
  readonly signal: AbortSignal
  /** Is told what should be known but stops nothing. */
  readonly warn: (text: string) => void
}

/** A kind of source; the built-in ones are a table, and users may add theirs. */
export interface SourceKind {
  readonly name: string
  /** Checks a spec and all that can be checked before the network is there. */
  prepare(spec: SourceSpec, context: SourceContext): TaskEither<ExperimentError, PreparedSource>
}
