import { boolean, integer, list, literal, nullable, number, optional, string, struct, type Decoder } from '@ptu/config'
import { bytesIn, sha256 } from '@ptu/core'
import type { Dataset, Targets } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { RunError } from '../errors.ts'
import { backendIn, namesIn, type CellNames, type CodeVersion } from '../run/cell.ts'
import type { Comparison } from '../run/comparison.ts'
import type { Objects } from '../run/objects.ts'
import { digest } from './payload.ts'

const anyText: Decoder<string> = (input, path) =>
  typeof input === 'string' ? E.right(input) : E.left([{ path, message: 'expected a text' }])

const texts = list(anyText, { max: 10_000_000 })

/** A data set of a grid: its numbers by the SHA-256 of their bytes. */
export interface DatasetFile {
  readonly shape: readonly number[]
  readonly kind: 'bytes' | 'floats'
  readonly features: string
  readonly labels: string
  readonly classes: readonly string[]
  readonly vocabulary: readonly string[] | undefined
  readonly tagged: boolean | undefined
  /** The sets of labels or the numbers of examples that do not have one class each. */
  readonly targets?: { readonly kind: Targets['kind']; readonly values: string } | undefined
}

/** A grid as its file says it: settings, and the SHA-256 of data, networks and modules. */
export interface GridFile {
  readonly schema: 'ptu-grid/1'
  readonly names: CellNames
  readonly code: Pick<CodeVersion, 'ptu' | 'tfjs'>
  readonly backend: string
  readonly settings: Pick<Comparison, 'shots' | 'rescales' | 'rates' | 'rate' | 'zeroHead' | 'steps' | 'batch'>
  readonly sourceData: string | null
  readonly network: string
  readonly prefix: string | null
  readonly target: { readonly digest: string; readonly train: DatasetFile; readonly test: DatasetFile }
  readonly modules: readonly string[]
  /** The measures of each model beside accuracy. */
  readonly measured?: readonly { readonly measure: string; readonly datasets: readonly DatasetFile[] }[] | undefined
}

const dataset: Decoder<DatasetFile> = struct({
  shape: list(integer({ min: 1 }), { min: 1, max: 8 }),
  kind: literal('bytes', 'floats'),
  features: digest,
  labels: digest,
  classes: texts,
  vocabulary: optional(texts),
  tagged: optional(boolean),
  targets: optional(struct({ kind: literal('multi-label', 'regress'), values: digest })),
})

/** Checks the file of a grid. */
export const gridDecoder: Decoder<GridFile> = struct({
  schema: literal('ptu-grid/1'),
  names: struct({ source: string, target: string }),
  code: struct({ ptu: string, tfjs: string }),
  backend: string,
  settings: struct({
    shots: integer({ min: 1 }),
    rescales: boolean,
    rates: list(number({ above: 0 })),
    rate: number({ above: 0 }),
    zeroHead: boolean,
    steps: integer({ min: 1 }),
    batch: integer({ min: 1 }),
  }),
  sourceData: nullable(string),
  network: digest,
  prefix: nullable(digest),
  target: struct({ digest: string, train: dataset, test: dataset }),
  modules: list(digest),
  measured: optional(list(struct({ measure: string, datasets: list(dataset, { max: 1000 }) }), { max: 100 })),
})

/** The name of an object that is named by its own SHA-256. */
export const blobName = (sum: string): string => `objects/${sum.slice(0, 2)}/${sum}`

/** The words of a worker whose store does not have an object. */
export const notThere = (sum: string): string =>
  `the store does not have ${blobName(sum)}; is --store the same place on all machines?`

/** Keeps bytes under their own SHA-256 and returns it. */
const keepBlob = (objects: Objects, bytes: Uint8Array): TaskEither<RunError, string> =>
  pipe(
    TE.fromTask(() => sha256(bytes)),
    TE.tap((sum) => objects.add(blobName(sum), bytes)),
  )

const keepDataset = (
  objects: Objects,
  { features, labels, targets, ...set }: Dataset,
): TaskEither<RunError, DatasetFile> =>
  pipe(
    TE.Do,
    TE.bind('features', () => keepBlob(objects, bytesIn(features))),
    TE.bind('labels', () => keepBlob(objects, bytesIn(labels))),
    TE.bind('values', () => (targets === undefined ? TE.right(undefined) : keepBlob(objects, bytesIn(targets.values)))),
    TE.map(({ values, ...sums }) => ({
      ...sums,
      ...(targets && values !== undefined && { targets: { kind: targets.kind, values } }),
      ...{ shape: set.shape, classes: set.classes, vocabulary: set.vocabulary, tagged: set.tagged },
      kind: features instanceof Uint8Array ? 'bytes' : 'floats',
    })),
  )

/** The data sets of measures, each turned into another form; undefined without measures. */
export const eachSet = <A, B, X>(
  measured: readonly { readonly measure: string; readonly datasets: readonly A[] }[] | undefined,
  turn: (set: A) => TaskEither<X, B>,
): TaskEither<X, readonly { readonly measure: string; readonly datasets: readonly B[] }[] | undefined> =>
  measured === undefined
    ? TE.right(undefined)
    : pipe(
        measured,
        TE.traverseSeqArray(({ measure, datasets }) =>
          pipe(
            datasets,
            TE.traverseSeqArray(turn),
            TE.map((turned) => ({ measure, datasets: turned })),
          ),
        ),
      )

/** The code of a grid: versions, and the text of each module with methods of users. */
export interface GridCode {
  readonly code: CodeVersion
  readonly modules: readonly Uint8Array[]
}

/**
 * Puts all that the cells of a comparison are computed from into objects, each under its SHA-256, and returns that of the
 * grid's file, which names the others. What is there already is not written again.
 */
export const publishGrid = (
  objects: Objects,
  comparison: Comparison,
  { code, modules }: GridCode,
): TaskEither<RunError, string> => {
  const { network, prefix, target, sourceData, record } = comparison
  const { shots, rescales, rates, rate, zeroHead, steps, batch } = comparison
  return pipe(
    TE.Do,
    TE.bind('network', () => keepBlob(objects, network.bytes)),
    TE.bind('prefix', () => (prefix === null ? TE.right(null) : keepBlob(objects, prefix.bytes))),
    TE.bind('train', () => keepDataset(objects, target.train)),
    TE.bind('test', () => keepDataset(objects, target.test)),
    TE.bind('modules', () =>
      pipe(
        modules,
        TE.traverseSeqArray((bytes) => keepBlob(objects, bytes)),
      ),
    ),
    TE.bind('measured', () => eachSet(comparison.measured, (set) => keepDataset(objects, set))),
    TE.flatMap(({ train, test, ...sums }) => {
      const file: GridFile = {
        schema: 'ptu-grid/1',
        names: namesIn(record),
        code: { ptu: code.ptu, tfjs: code.tfjs },
        backend: backendIn(record),
        settings: { shots, rescales, rates, rate, zeroHead, steps, batch },
        sourceData,
        target: { digest: target.digest, train, test },
        ...sums,
      }
      return keepBlob(objects, new TextEncoder().encode(JSON.stringify(file)))
    }),
  )
}
