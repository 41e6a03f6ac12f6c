import * as E from 'fp-ts/lib/Either.js'

import { UsageError } from '../errors.ts'

/** The place of objects in an S3-compatible store. */
export interface BucketAddress {
  readonly bucket: string
  /** The start of all names in the bucket: empty, or a path that ends with a slash. */
  readonly prefix: string
  /** The address of the server; undefined for that of AWS, or the one in `AWS_ENDPOINT_URL`. */
  readonly endpoint: string | undefined
  /** The address in messages. */
  readonly shown: string
}

const expected =
  'expected a store such as s3://BUCKET/PREFIX or s3://BUCKET/PREFIX?endpoint=https://HOST:PORT, with credentials in ' +
  'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'

/** Tells whether a store is named by the address of a bucket, and not by the path of a folder. */
export const isBucket = (store: string): boolean => /^s3:/i.test(store)

/**
 * Reads the address of a bucket. Names and passwords do not belong into it: messages never repeat the text.
 *
 * @example
 * ```ts
 * expect(bucketAddress('s3://data/ptu?endpoint=http://127.0.0.1:9000')).toMatchObject({
 *   right: { bucket: 'data', prefix: 'ptu/', endpoint: 'http://127.0.0.1:9000', shown: 's3://data/ptu' },
 * })
 * ```
 */
export const bucketAddress = (text: string): E.Either<UsageError, BucketAddress> => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const path = url && pathIn(url)
  if (url === undefined || path === undefined || !isPlain(url)) return E.left(new UsageError(`--store: ${expected}`))
  const bucket = url.hostname
  return E.right({
    bucket,
    prefix: path === '' ? '' : `${path}/`,
    endpoint: url.searchParams.get('endpoint') ?? undefined,
    shown: `s3://${bucket}${path === '' ? '' : `/${path}`}`,
  })
}

/** The path in an address without slashes around it; undefined if it cannot be decoded. */
const pathIn = ({ pathname }: URL): string | undefined => {
  try {
    return decodeURIComponent(pathname).replaceAll(/^\/+|\/+$/g, '')
  } catch {
    return undefined
  }
}

/** Tells whether an address has the parts that one of a bucket has, and no others. */
const isPlain = ({ protocol, hostname, port, username, password, hash, searchParams }: URL): boolean =>
  protocol === 's3:' &&
  /^[a-z0-9][a-z0-9._-]{1,62}$/i.test(hostname) &&
  [port, username, password, hash].every((part) => part === '') &&
  [...searchParams].every(([name, value]) => name === 'endpoint' && isEndpoint(value))

const isEndpoint = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}
