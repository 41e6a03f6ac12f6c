import type { S3Client } from '@aws-sdk/client-s3'
import type { Either } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { RunError, UsageError, type ExperimentError } from '../errors.ts'
import { objectLimit, type Objects } from '../run/objects.ts'
import { atMost } from '../at-most.ts'
import type { BucketAddress } from './bucket-address.ts'
import { bucketError, statusOf } from './bucket-failures.ts'
import { thisMachine } from './machine.ts'

type Library = typeof import('@aws-sdk/client-s3')

interface Bucket {
  readonly library: Library
  readonly client: S3Client
  readonly address: BucketAddress
}

const load: TaskEither<ExperimentError, Library> = TE.tryCatch(
  () => import('@aws-sdk/client-s3'),
  () => new UsageError('a store s3://… needs a package that is not installed with ptu; npm install @aws-sdk/client-s3'),
)

/** A client; credentials are looked for as every program of AWS does: in the environment first, then in `~/.aws`. */
const clientOf = ({ S3Client }: Library, { endpoint }: BucketAddress): S3Client => {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = thisMachine().variables
  const isElsewhere = [endpoint, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL].some((url) => url !== undefined && url !== '')
  const region = AWS_REGION ?? AWS_DEFAULT_REGION ?? (isElsewhere ? 'us-east-1' : undefined)
  return new S3Client({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: isElsewhere, // other servers have no host for each bucket
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
    // Objects are checked by their SHA-256. Not every server knows the checksums that AWS adds.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}

/**
 * Objects in a bucket of an S3-compatible server: of AWS, MinIO and others.
 *
 * An object appears with its whole content, and of two who add one name the second learns that it is there, on servers
 * that know `If-None-Match`. A Left if the package is not installed, or if the bucket cannot be listed.
 *
 * References:
 *   Amazon Web Services, "Amazon S3 API Reference", API version 2006-03-01, PutObject,
 *   https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export const objectBucket = (address: BucketAddress): TaskEither<ExperimentError, Objects> =>
  pipe(
    load,
    TE.map((library) => ({ library, client: clientOf(library, address), address })),
    TE.tap((bucket) => TE.tryCatch(() => page(bucket, '', { MaxKeys: 1 }), bucketError(address))),
    TE.map(objectsIn),
  )

const objectsIn = (bucket: Bucket): Objects => {
  const limited = atMost(16) // thousands of cells may be asked for at once
  const tried =
    <A>(work: () => Promise<A>) =>
    (): Promise<Either<RunError, A>> =>
      TE.tryCatch(() => limited(work), bucketError(bucket.address))()
  return {
    find: (name) => tried(() => found(bucket, name)),
    add: (name, bytes) => tried(() => added(bucket, name, bytes)),
    list: (folder) => tried(() => listed(bucket, `${folder}/`)),
  }
}

const placeOf = ({ address: { bucket, prefix } }: Bucket, name: string) => ({ Bucket: bucket, Key: `${prefix}${name}` })

/** The times that an object is asked for before it counts as one that does not arrive. */
const mostTries = 3

const found = async (bucket: Bucket, name: string, tries = mostTries): Promise<Uint8Array | undefined> => {
  const { library, client, address } = bucket
  const answer = await orUndefined(client.send(new library.GetObjectCommand(placeOf(bucket, name))), 'NoSuchKey')
  if (answer === undefined) return undefined
  const { Body: body, ContentLength: size = 0 } = answer
  if (size > objectLimit)
    throw new RunError(`expected at most ${objectLimit} bytes in ${address.shown}/${name}, it has ${size}`)
  const bytes = await body?.transformToByteArray().catch(() => undefined)
  if (bytes?.length === size) return Uint8Array.from(bytes)
  if (tries > 1) return found(bucket, name, tries - 1)
  throw new RunError(
    `${address.shown}/${name} does not arrive whole: the connection was cut ${mostTries} times before its ${size} bytes ended`,
  )
}

/** The answer to a request; undefined if the server says by this name that it is not there. */
const orUndefined = async <A>(asked: Promise<A>, name: string): Promise<A | undefined> => {
  try {
    return await asked
  } catch (cause) {
    if (cause instanceof Error && cause.name === name) return undefined
    throw cause
  }
}

const added = async (bucket: Bucket, name: string, bytes: Uint8Array): Promise<boolean> => {
  const { library, client } = bucket
  const asked = client.send(new library.HeadObjectCommand(placeOf(bucket, name)))
  if ((await orUndefined(asked, 'NotFound')) !== undefined) return false
  return put(bucket, name, bytes)
}

/** Writes an object that is not there. */
const put = async (bucket: Bucket, name: string, bytes: Uint8Array, tries = mostTries): Promise<boolean> => {
  const { library, client } = bucket
  const object = { ...placeOf(bucket, name), Body: bytes }
  try {
    await client.send(new library.PutObjectCommand({ ...object, IfNoneMatch: '*' }))
  } catch (cause) {
    const status = statusOf(cause)
    if (status === 412) return false
    if (status === 409 && tries > 1) return put(bucket, name, bytes, tries - 1) // somebody writes it at this moment
    if (status !== 501) throw cause
    // A server that knows no conditions. There, of two who add a name at the same moment both are told that it is new.
    await client.send(new library.PutObjectCommand(object))
  }
  return true
}

const page = ({ library, client, address }: Bucket, start: string, options: Readonly<Record<string, unknown>>) =>
  client.send(
    new library.ListObjectsV2Command({ Bucket: address.bucket, Prefix: `${address.prefix}${start}`, ...options }),
  )

const listed = async (bucket: Bucket, start: string): Promise<readonly string[]> => {
  const names: string[] = []
  let next: string | undefined
  do {
    const { Contents: contents = [], NextContinuationToken } = await page(bucket, start, { ContinuationToken: next })
    names.push(...contents.flatMap(({ Key }) => Key?.slice(bucket.address.prefix.length) ?? []))
    next = NextContinuationToken
  } while (next !== undefined)
  return names
}
