import { codeOf, messageOf } from '@ptu/core'

import { RunError, UsageError, type ExperimentError } from '../errors.ts'
import type { QueueAddress } from './address.ts'

/** A failure that is known by the code of its error, or by the start of the server's answer, in words. */
const known: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^ECONNREFUSED/, 'nothing answers there; start redis-server, or name another address'],
  [/^(ENOTFOUND|EAI_AGAIN)/, 'the name of the host is not known'],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/,
    'the host does not answer; redis:// is for a plain port, rediss:// for TLS',
  ],
  [/^(ECONNRESET|EPIPE|ERR_SSL|EPROTO)/, 'the connection was cut; redis:// is for a plain port, rediss:// for TLS'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|CERT_|ERR_TLS_CERT)/,
    'its certificate is not trusted; name the file of your authority in NODE_EXTRA_CA_CERTS',
  ],
  [/^(WRONGPASS|ERR invalid (username-password|password))/, 'it does not accept this name and password'],
  [/^NOAUTH/, 'it asks for a password; give it in the address or in PTU_QUEUE_PASSWORD'],
  [/^NOPERM/, 'this user may not do what a queue needs; allow it all keys of ptu:* and scripts'],
  [/^OOM/, 'its memory is full; raise maxmemory and repeat'],
  [/^(READONLY|UNBLOCKED)/, 'it is a read-only replica; name the primary'],
  [/^MISCONF/, 'it cannot save to its disk and takes no writes; look into its log'],
  [/JSON/, 'somebody wrote into it what is no cell; ptu grid status names it, ptu grid cancel unknown drops it'],
  [/^LOADING/, 'it is still loading its data; repeat in a while'],
]

const textOf = (cause: unknown): string => {
  const code = codeOf(cause)
  return code === '' ? messageOf(cause) : code
}

/** The reason why a queue failed, in words that hold no secret. */
export const reasonOf = (cause: unknown, { password }: QueueAddress): string => {
  const text = textOf(cause)
  const found = known.find(([pattern]) => pattern.test(text) || pattern.test(messageOf(cause)))
  const told = found?.[1] ?? messageOf(cause)
  return password === undefined || password === '' ? told : told.replaceAll(password, '…')
}

/** Turns whatever a queue throws into an error of an experiment. */
export const queueError =
  (address: QueueAddress) =>
  (cause: unknown): ExperimentError =>
    cause instanceof RunError || cause instanceof UsageError
      ? cause
      : new RunError(`the queue at ${address.shown} cannot be used: ${reasonOf(cause, address)}`)
