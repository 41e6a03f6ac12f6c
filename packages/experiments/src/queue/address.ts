import * as E from 'fp-ts/lib/Either.js'

import { UsageError } from '../errors.ts'

/** The place of a queue: a Redis or Valkey server. */
export interface QueueAddress {
  readonly host: string
  readonly port: number
  readonly database: number
  /** True for `rediss://`: the connection is encrypted and the server's certificate is verified. */
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  /** The address without its secrets, for messages. */
  readonly shown: string
}

const expected = 'expected an address such as redis://127.0.0.1:6379 or rediss://NAME:PASSWORD@HOST:6380/0'

/**
 * Reads the address of a queue; a password in the address wins over `password`. Messages never repeat the text, which may
 * hold a password.
 *
 * @example
 * ```ts
 * const read = queueAddress('redis://:secret@example.org/2')
 * expect(read).toMatchObject({ right: { port: 6379, database: 2, shown: 'redis://example.org:6379/2' } })
 * ```
 */
export const queueAddress = (text: string, password?: string): E.Either<UsageError, QueueAddress> => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const secrets = url && secretsIn(url)
  if (url === undefined || secrets === undefined || !isPlain(url)) return E.left(new UsageError(`--queue: ${expected}`))
  const port = url.port === '' ? 6379 : Number(url.port)
  const database = Number(url.pathname.slice(1))
  return E.right({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    database,
    tls: url.protocol === 'rediss:',
    username: secrets.username,
    password: secrets.password ?? password,
    shown: `${url.protocol}//${url.hostname}:${port}/${database}`,
  })
}

/** Tells whether an address has the parts that one of a queue has, and no others. */
const isPlain = ({ protocol, hostname, pathname, search, hash }: URL): boolean =>
  /^rediss?:$/.test(protocol) && hostname !== '' && /^(\/\d{0,4})?$/.test(pathname) && search === '' && hash === ''

/** The name and the password in an address; undefined if they cannot be decoded. */
const secretsIn = ({ username, password }: URL): Pick<QueueAddress, 'username' | 'password'> | undefined => {
  const decoded = (text: string): string | undefined => (text === '' ? undefined : decodeURIComponent(text))
  try {
    return { username: decoded(username), password: decoded(password) }
  } catch {
    return undefined
  }
}
