import { integer, literal, nullable, number, refine, refuse, string, struct, type Decoder } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'

import type { Hyperparameters } from '../methods/method.ts'
import type { Job } from '../run/job.ts'

/** Checks a SHA-256 in 64 hexadecimal digits. */
export const digest: Decoder<string> = refine(string, (text, path) =>
  /^[0-9a-f]{64}$/.test(text) ? E.right(text) : refuse(path, 'expected 64 hexadecimal digits'),
)

/** A cell in the queue: names and digests only. Its name there is the cell's key. */
export interface Payload {
  readonly schema: 'ptu-cell-job/1'
  readonly ptu: string
  /** The SHA-256 of the grid's file. */
  readonly grid: string
  readonly seed: number
  readonly method: string
  readonly held: Hyperparameters | null
}

/** Checks what a cell in the queue holds. Data, networks and results travel as objects. */
export const payloadDecoder: Decoder<Payload> = struct({
  schema: literal('ptu-cell-job/1'),
  ptu: string,
  grid: digest,
  seed: integer({ min: 0, max: 2 ** 32 - 1 }),
  method: string,
  held: nullable(struct({ depth: nullable(integer({ min: 0, max: 10_000 })), rate: number({ above: 0 }) })),
})

/** The payload of a job of a grid. */
export const payloadOf = (ptu: string, grid: string, { seed, method, held }: Job): Payload => ({
  schema: 'ptu-cell-job/1',
  ...{ ptu, grid, seed, method },
  held: held === undefined ? null : { depth: held.depth, rate: held.rate },
})

/** The job of a payload. */
export const jobIn = ({ seed, method, held }: Payload): Job => ({ seed, method, ...(held !== null && { held }) })
