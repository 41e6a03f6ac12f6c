import { countOf, shortestFirst, take, type Dataset } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import { encodedAtOnce, type FrozenPrefix, type PrefixRequest } from '../sources/freeze-prefix.ts'
import { inSharedMemory, sharedFloats } from '../tasks/shared-memory.ts'
import { inParallel } from './in-parallel.ts'
import type { Worker } from './worker.ts'

/** The most pieces that a data set is cut into. */
const mostPieces = 8

/** A part of a data set. */
interface Piece {
  /** The place of its data set. */
  readonly of: number
  /** The places of its examples. */
  readonly places: Int32Array
  readonly dataset: Dataset
}

/**
 * Computes the first blocks of a network once for every example, on all workers at the same time.
 *
 * Data sets are cut into pieces whose ends are ends of batches of one worker, so the bits are the same for any number of
 * workers; so are the files that keep them.
 */
export const freezeOnWorkers = (
  workers: readonly Worker[],
  { datasets, ...request }: PrefixRequest,
  onStep: OnStep,
): TE.TaskEither<ExperimentError, FrozenPrefix> => {
  const pieces = datasets.flatMap((dataset, of) => piecesOf(dataset, of))
  // The workers of a queue have one local worker for this.
  const own = workers.filter(({ freeze }, i) => workers.findIndex((other) => other.freeze === freeze) === i)
  const turns = own.map((_, turn) => pieces.filter((_piece, i) => i % own.length === turn))
  const tell = summing(onStep, pieces)
  return pipe(
    inParallel(
      own,
      turns.filter((turn) => turn.length > 0),
      (worker, turn) => worker.freeze({ ...request, datasets: turn.map(({ dataset }) => dataset) }, tell()),
    ),
    TE.map((parts) => {
      const { prefix, rest } = parts[0] as FrozenPrefix
      const encoded = parts.flatMap((part, i) =>
        part.datasets.map((features, at) => ({ ...(turns[i]?.[at] as Piece), features })),
      )
      return {
        prefix,
        rest,
        datasets: datasets.map((dataset, i) =>
          joined(
            dataset,
            encoded.filter(({ of }) => of === i),
          ),
        ),
      }
    }),
  )
}

const piecesOf = (dataset: Dataset, of: number): readonly Piece[] => {
  const order = shortestFirst(dataset)
  const batches = Math.ceil(countOf(dataset) / encodedAtOnce)
  const count = Math.max(1, Math.min(mostPieces, batches))
  const endOf = (piece: number): number => encodedAtOnce * Math.floor((piece * batches) / count)
  return Array.from({ length: count }, (_, i) => {
    const places = order.slice(endOf(i), endOf(i + 1))
    return { of, places, dataset: count === 1 ? dataset : partOf(dataset, places) }
  })
}

/** Some examples of a data set; those that follow each other are a view of its memory. */
const partOf = (dataset: Dataset, places: Int32Array): Dataset => {
  if (places.some((place, i) => place !== (places[0] ?? 0) + i)) return inSharedMemory(take(dataset, places))
  const { features, labels } = inSharedMemory(dataset)
  const rows = <A extends Dataset['features'] | Int32Array>(numbers: A): A => {
    const [from, each] = [places[0] ?? 0, numbers.length / countOf(dataset)]
    return numbers.subarray(from * each, (from + places.length) * each) as A
  }
  return { ...dataset, features: rows(features), labels: rows(labels) }
}

/** The examples of a data set with the features of its pieces, in memory that threads share. */
const joined = (dataset: Dataset, pieces: readonly (Piece & { readonly features: Dataset })[]): Dataset => {
  const [{ features: first } = { features: dataset }] = pieces
  if (pieces.length === 1 && pieces[0]?.dataset === dataset) return first
  const size = first.features.length / countOf(first)
  const features = sharedFloats(size * countOf(dataset))
  for (const { places, features: part } of pieces)
    places.forEach((place, i) => {
      features.set(part.features.subarray(i * size, (i + 1) * size), place * size)
    })
  return { ...first, features, labels: dataset.labels }
}

/** Reports of several requests as one: of their sums, over all examples. */
const summing = (onStep: OnStep, pieces: readonly Piece[]): (() => OnStep) => {
  const total = pieces.reduce((sum, { places }) => sum + places.length, 0)
  let sum = 0
  return () => {
    let before = 0
    return (done) => {
      sum += done - before
      before = done
      onStep(sum, total)
    }
  }
}
