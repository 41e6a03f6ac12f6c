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
  return pipe(
    shareDatasets(workers, { ...request, datasets: pieces.map(({ dataset }) => dataset) }, onStep),
    TE.map(({ datasets: parts, ...networks }) => {
      const encoded = pieces.map((piece, i) => ({ ...piece, features: parts[i] as Dataset }))
      const ofPlace = (place: number): typeof encoded => encoded.filter(({ of }) => of === place)
      return { ...networks, datasets: datasets.map((dataset, i) => joined(dataset, ofPlace(i))) }
    }),
  )
}

/** Divides the data sets of a request among workers, as they are, and returns what all of them found. */
export const shareDatasets = (
  workers: readonly Worker[],
  { datasets, ...request }: PrefixRequest,
  onStep: OnStep,
): TE.TaskEither<ExperimentError, FrozenPrefix> => {
  // The workers of a queue have one local worker for this.
  const own = workers.filter((worker, i) => workers.findIndex((other) => other.freeze === worker.freeze) === i)
  const turns = own
    .map((_, turn) => datasets.filter((_dataset, i) => i % own.length === turn))
    .filter((turn) => turn.length > 0)
  const tell = summing(onStep, datasets)
  return pipe(
    inParallel(own, turns, (worker, turn) => worker.freeze({ ...request, datasets: turn }, tell())),
    TE.map((parts) => ({
      ...(parts[0] as FrozenPrefix),
      datasets: datasets.map((dataset, i) => parts[i % own.length]?.datasets[Math.floor(i / own.length)] ?? dataset),
    })),
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
  const rows = <A extends Dataset['features'] | Int32Array | Float64Array>(numbers: A): A => {
    const [from, each] = [places[0] ?? 0, numbers.length / countOf(dataset)]
    return numbers.subarray(from * each, (from + places.length) * each) as A
  }
  const { targets } = dataset
  return {
    ...dataset,
    features: rows(features),
    labels: rows(labels),
    ...(targets && { targets: { ...targets, values: rows(targets.values) } }),
  }
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
  const { labels, targets } = dataset
  return { ...first, features, labels, ...(targets && { targets }) }
}

/** Reports of several requests as one: of their sums, over all examples. */
const summing = (onStep: OnStep, datasets: readonly Dataset[]): (() => OnStep) => {
  const total = datasets.reduce((sum, dataset) => sum + countOf(dataset), 0)
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
