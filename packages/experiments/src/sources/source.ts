import { describe, refuse, type Decoder } from '@ptu/config'
import { isRecord, type Json } from '@ptu/core'
import type { Column } from '@ptu/data'
import type { NamedLayer } from '@ptu/networks'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { KeptExamples } from '../models/kept-examples.ts'
import type { FirstNormalisation } from '../models/range-check.ts'
import type { OnStep } from '../progress.ts'
import type { Worker } from '../run/worker.ts'
import type { Regime } from '../tasks/regime.ts'
import type { TaskData } from '../tasks/task-data.ts'
import type { BodyRecipe } from './bodies.ts'
import type { NetworkStore } from './network-store.ts'
import type { InputRule, PortableNetwork } from './portable-network.ts'
import type { SourceFacts } from './source-facts.ts'

/** A source network as data: its kind, and the fields of that kind. Equal specs give equal networks. */
export interface SourceSpec {
  readonly kind: string
  readonly [field: string]: Json
}

/** Checks that a value is a source spec; its kind checks the rest. */
export const sourceSpec: Decoder<SourceSpec> = (input, path) =>
  isRecord(input) && typeof input['kind'] === 'string'
    ? E.right(input as SourceSpec)
    : refuse(path, `expected a source with a kind, got ${describe(input)}`)

/** A source network that can be obtained. */
export interface OpenedSource {
  readonly network: PortableNetwork
  readonly facts: SourceFacts
}

/** A source before its network is there: everything that can be checked without training. */
export interface PreparedSource {
  /** A short name: `mnist:0-4`, `mobilenet_v2.pth`. */
  readonly name: string
  /** The source in words: `lenet trained on mnist:0-4`. */
  readonly title: string
  readonly spec: SourceSpec
  /** The layers before the head. */
  readonly body: readonly NamedLayer[]
  /** The reason why its own data cannot go through it; undefined if they can. */
  readonly problem: string | undefined
  readonly input: Pick<InputRule, 'shape' | 'vocabulary' | 'image' | 'encoding' | 'tokens'>
  /** The data that it is trained on; undefined if they are not known. */
  readonly data: TaskData | undefined
  /** The number of its blocks, input side first, that are computed once per example and never learn. */
  readonly frozen: number
  /** The digests of the examples that it was trained on, where they are known and its data are not. */
  readonly trainedOn?: ReadonlySet<string>
  /** The columns of the table that its network was trained on, where its data are not known. */
  readonly table?: readonly Column[]
  /** The examples of an earlier training, as its frozen blocks give them. */
  readonly earlier?: KeptExamples
  /** The first normalised convolution, by which a wrong range of pixels is noticed. */
  readonly first?: FirstNormalisation
  /** Tells that its first layers scale pixels from 0 to 255 themselves. */
  readonly scalesPixels?: boolean
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
  /** Called with warnings that stop nothing. */
  readonly warn: (text: string) => void
}

/** A kind of source; the built-in ones are a table, and users may add theirs. */
export interface SourceKind {
  readonly name: string
  /** Checks a spec and everything that can be checked before the network is there. */
  prepare(spec: SourceSpec, context: SourceContext): TaskEither<ExperimentError, PreparedSource>
}
