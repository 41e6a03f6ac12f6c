import { suggestion } from '@ptu/config'
import { serial } from '@ptu/layers'
import type { NamedLayer } from '@ptu/networks'
import type { ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import { UsageError } from '../errors.ts'

/** The places at which a network is cut and ends: its pieces by name, or by number from 1. */
export interface Cuts {
  /** The pieces that end a block; as the network is built unless given. */
  readonly cut?: readonly string[] | undefined
  /** The last piece that is used; the last before the classifier unless given. */
  readonly until?: string | undefined
}

/** The places of {@link Cuts} among the pieces of a network. */
export interface CutPlaces {
  /** The place of the last piece that is used. */
  readonly last: number
  /** The places that end a block, ascending, `last` among them; undefined where none were named. */
  readonly ends: readonly number[] | undefined
}

/** Names that a message lists at most. */
const listed = 12

const listOf = (pieces: readonly string[]): string => {
  const rest = pieces.length - listed
  return `${pieces.slice(0, listed).join(', ')}${rest > 0 ? `, … (${rest} more; ptu inspect lists them)` : ''}`
}

/** The place of a piece by its name, else by its number. */
const placeOf = (flag: string, pieces: readonly string[], word: string): E.Either<UsageError, number> => {
  const named = pieces.indexOf(word)
  if (named >= 0) return E.right(named)
  const number = /^[0-9]+$/.test(word) ? Number(word) : 0
  if (number >= 1 && number <= pieces.length) return E.right(number - 1)
  return E.left(
    new UsageError(
      `${flag}: expected a name or a number from 1 to ${pieces.length} among ${listOf(pieces)}; ` +
        `got ${JSON.stringify(word)}${suggestion(word, pieces)}`,
    ),
  )
}

/**
 * Finds cuts among the pieces of a network, input side first.
 *
 * @example
 * ```ts
 * const places = cutPlaces(['stem', 'one', 'two', 'three'], { cut: ['2'], until: 'two' })
 * expect(places).toEqual(E.right({ last: 2, ends: [1, 2] }))
 * ```
 */
export const cutPlaces = (pieces: readonly string[], { cut, until }: Cuts): E.Either<UsageError, CutPlaces> =>
  pipe(
    until === undefined ? E.right(pieces.length - 1) : placeOf('--until', pieces, until),
    E.flatMap((last): E.Either<UsageError, CutPlaces> =>
      cut === undefined
        ? E.right({ last, ends: undefined })
        : pipe(
            cut,
            E.traverseArray((word) => placeOf('--cut', pieces, word)),
            E.flatMap((places) => endsBefore(places, last, pieces)),
          ),
    ),
  )

const endsBefore = (
  places: readonly number[],
  last: number,
  pieces: readonly string[],
): E.Either<UsageError, CutPlaces> => {
  const beyond = places.find((place) => place > last)
  if (beyond === undefined) return E.right({ last, ends: [...new Set([...places, last])].toSorted((a, b) => a - b) })
  return E.left(
    new UsageError(
      `--cut: expected blocks that end before ${pieces[last] ?? ''}, where the network ends, got ${pieces[beyond] ?? ''}`,
    ),
  )
}

/** A block with its parameters. */
export interface TrainedBlock extends NamedLayer {
  readonly params: ParamTree
}

/**
 * The blocks of a network between cuts: a block of several pieces has the name of the last of them.
 *
 * The parameters are those of the pieces, none is copied. Without cuts the pieces come back as they are.
 */
export const cutBlocks = (pieces: readonly TrainedBlock[], cuts: Cuts): E.Either<UsageError, readonly TrainedBlock[]> =>
  pipe(
    cutPlaces(
      pieces.map(({ name }) => name),
      cuts,
    ),
    E.map(({ last, ends }) => {
      if (ends === undefined) return pieces.slice(0, last + 1)
      return ends.map((end, i) => joined(pieces.slice((ends[i - 1] ?? -1) + 1, end + 1)))
    }),
  )

const joined = (parts: readonly TrainedBlock[]): TrainedBlock => {
  const last = parts.at(-1) as TrainedBlock
  if (parts.length === 1) return last
  return {
    name: last.name,
    layer: serial(...parts.map(({ layer }) => layer)),
    params: parts.map(({ params }) => params),
  }
}
