import { isIP } from 'node:net'

import { messageOf } from '@ptu/core'
import type { RedisConnectionClient } from 'bullmq'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { RunError, UsageError, type ExperimentError } from '../errors.ts'
import type { QueueAddress } from './address.ts'
import { queueError } from './failures.ts'

/** The commands of a client of Redis that are used beside BullMQ's own. */
export interface RedisClient extends RedisConnectionClient {
  /** `ready` while the server answers. */
  readonly status: string
  connect(): Promise<void>
  disconnect(): void
  on(event: 'error' | 'close' | 'ready', listener: (cause?: unknown) => void): unknown
  info(): Promise<string>
  exists(key: string): Promise<number>
  set(key: string, value: string, unit: 'EX', seconds: number): Promise<unknown>
  del(key: string): Promise<unknown>
  sadd(key: string, member: string): Promise<unknown>
  smembers(key: string): Promise<readonly string[]>
}

/** A connection to a queue, and the engine that runs it. */
export interface QueueConnection {
  readonly address: QueueAddress
  readonly client: RedisClient
  readonly bullmq: typeof import('bullmq')
  /** Ends the connection. */
  readonly close: () => void
}

type Driver = new (options: Readonly<Record<string, unknown>>) => RedisClient

const isDriver = (value: unknown): value is Driver => typeof value === 'function'

const missing = 'a queue needs two packages that are not installed with ptu; npm install bullmq ioredis'

/** Loads BullMQ and its driver, which are optional. */
const load = (): TaskEither<ExperimentError, { readonly bullmq: typeof import('bullmq'); readonly Driver: Driver }> =>
  pipe(
    TE.tryCatch(
      async () => {
        const driver = 'ioredis' // a name in a variable: without the package, types must not be looked for
        const loaded: unknown = await import(driver)
        return { bullmq: await import('bullmq'), loaded: { ...(loaded as object) } }
      },
      () => new UsageError(missing),
    ),
    TE.flatMapEither(({ bullmq, loaded }) => {
      const { Redis: Driver } = loaded as Readonly<Record<string, unknown>>
      return isDriver(Driver) ? E.right({ bullmq, Driver }) : E.left(new UsageError(missing))
    }),
  )

/** The longest pause between two tries to connect again, in milliseconds. */
const longestPause = 3000

const optionsOf = ({ host, port, database, tls, username, password }: QueueAddress, isOpen: () => boolean) => ({
  ...{ host, port, db: database, username, password },
  ...(tls && { tls: { rejectUnauthorized: true, ...(isIP(host) === 0 && { servername: host }) } }),
  lazyConnect: true,
  maxRetriesPerRequest: null,
  connectTimeout: 10_000,
  // A server that is gone without a word is noticed: blocking calls wait for five seconds at most.
  socketTimeout: 30_000,
  // The first connection fails at once, so that a wrong address is told; later ones are made again.
  retryStrategy: (times: number) => (isOpen() ? Math.min(250 * times, longestPause) : null),
})

/** The oldest Redis that does all that BullMQ asks for. */
const oldest = [6, 2] as const

/** The reason why a server cannot hold a queue, from its answer to INFO; undefined if there is none. */
export const serverProblem = (info: string): string | undefined => {
  const facts = new Map(info.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string]))
  const version = facts.get('redis_version') ?? 'unknown'
  const policy = facts.get('maxmemory_policy') ?? 'noeviction'
  if (isOlder(version)) return `expected Redis ${oldest.join('.')} or newer, or Valkey; it is ${version}`
  if (facts.get('role') === 'slave') return 'it is a read-only replica; name the primary'
  return facts.get('maxmemory') !== '0' && policy !== 'noeviction'
    ? `it drops data when its memory is full (maxmemory-policy ${policy}); set maxmemory-policy noeviction`
    : undefined
}

const isOlder = (version: string): boolean => {
  const [major = NaN, minor = NaN] = version.split('.').map(Number)
  return !(major > oldest[0] || (major === oldest[0] && minor >= oldest[1]))
}

/**
 * Connects to a queue and checks that its server can hold one.
 *
 * A Left says in one sentence what is wrong. A connection that breaks later is made again by itself.
 */
export const connectQueue = (
  address: QueueAddress,
  warn: (text: string) => void,
): TaskEither<ExperimentError, QueueConnection> =>
  pipe(
    load(),
    TE.flatMap(({ bullmq, Driver }) =>
      TE.tryCatch(async () => {
        const state = { open: false, told: false, last: undefined as unknown }
        const client = new Driver(optionsOf(address, () => state.open))
        client.on('error', (cause) => (state.last = cause))
        client.on('close', () => {
          if (state.open && !state.told) warn(`the queue at ${address.shown} does not answer; waiting for it`)
          state.told = true
        })
        client.on('ready', () => (state.told = false))
        const close = (): void => {
          state.open = false
          client.disconnect()
        }
        try {
          await client.connect()
          const problem = serverProblem(await client.info())
          if (problem !== undefined) throw new RunError(`the queue at ${address.shown} cannot be used: ${problem}`)
        } catch (cause) {
          close()
          throw messageOf(cause) === 'Connection is closed.' ? (state.last ?? cause) : cause
        }
        state.open = true
        return { address, client, bullmq, close }
      }, queueError(address)),
    ),
  )
