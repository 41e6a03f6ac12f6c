import { codeOf, isRecord, messageOf } from '@ptu/core'

import { RunError } from '../errors.ts'
import type { BucketAddress } from './bucket-address.ts'

/** The status of an answer of a server, if there was one. */
export const statusOf = (cause: unknown): number | undefined => {
  const facts: unknown = cause instanceof Error && '$metadata' in cause ? cause.$metadata : undefined
  const status = isRecord(facts) ? facts['httpStatusCode'] : undefined
  return typeof status === 'number' ? status : undefined
}

/** A failure that is known by the code of its error, by its name or by the status of the answer, in words. */
const known: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^ECONNREFUSED/, 'nothing answers there; start the server, or name another one in AWS_ENDPOINT_URL'],
  [/^(ENOTFOUND|EAI_AGAIN)/, 'the name of the host is not known; look at AWS_ENDPOINT_URL and AWS_REGION'],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError)/, 'the host does not answer'],
  [/^(ECONNRESET|EPIPE|EPROTO|ERR_SSL)/, 'the connection was cut; http:// is for a plain port, https:// for TLS'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|CERT_|ERR_TLS_CERT)/,
    'its certificate is not trusted; name the file of your authority in NODE_EXTRA_CA_CERTS',
  ],
  [/^CredentialsProviderError/, 'there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'],
  [/^Region is missing/, 'there is no region; set AWS_REGION'],
  [/^NoSuchBucket/, 'the bucket does not exist; make it, or name another'],
  [/^(ExpiredToken|TokenRefreshRequired)/, 'the credentials have expired; get new ones'],
  [
    /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|AuthFailure)/,
    'it does not accept these credentials; look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN',
  ],
  [/^RequestTimeTooSkewed/, 'the clock of this machine is wrong'],
  [/^(PermanentRedirect|AuthorizationHeaderMalformed|301)/, 'the bucket is in another region; name it in AWS_REGION'],
  [/^(XMinioStorageFull|QuotaExceeded|507)/, 'it is full'],
  [/^40[13]$/, 'these credentials may not do this; allow them s3:GetObject, s3:PutObject and s3:ListBucket'],
  [/^(SlowDown|429|5\d\d)/, 'the server is busy or broken; repeat in a while'],
]

/** The reason why a store failed, in words. What a server says beside its codes is not repeated. */
const reasonOf = (cause: unknown): string => {
  const status = statusOf(cause)
  const name = cause instanceof Error ? cause.name : ''
  const texts = [codeOf(cause), name, ...(status === undefined ? [messageOf(cause)] : [String(status)])]
  const found = known.find(([pattern]) => texts.some((text) => pattern.test(text)))
  if (found !== undefined) return found[1]
  return status === undefined ? messageOf(cause) : `it answers ${name} (${status}); is it an S3 server?`
}

/** Turns whatever a store throws into an error. */
export const bucketError =
  ({ shown }: BucketAddress) =>
  (cause: unknown): RunError =>
    cause instanceof RunError ? cause : new RunError(`the store ${shown} cannot be used: ${reasonOf(cause)}`)
