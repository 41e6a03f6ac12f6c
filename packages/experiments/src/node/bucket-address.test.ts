import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { messageIn } from '../../tests/small-network.ts'
import { bucketAddress, isBucket } from './bucket-address.ts'

describe('the address of a bucket', () => {
  it('has a bucket, a path and perhaps a server', () => {
    expect(bucketAddress('s3://data')).toEqual(
      E.right({ bucket: 'data', prefix: '', endpoint: undefined, shown: 's3://data' }),
    )
    expect(bucketAddress('s3://data//a/b%20c/?endpoint=https://minio.example:9000')).toEqual(
      E.right({
        bucket: 'data',
        prefix: 'a/b c/',
        endpoint: 'https://minio.example:9000',
        shown: 's3://data/a/b c',
      }),
    )
  })

  it.each([
    's3://',
    's3:data',
    's3://d?endpoint=https://h',
    's3://KEY:hush-hush@data',
    's3://data:9000/x',
    's3://data?region=hush-hush',
    's3://data#hush-hush',
    's3://data/%E0%A4',
    's3://data?endpoint=h:9000',
    's3://data?endpoint=ftp://h',
    's3://data?endpoint=https://KEY:hush-hush@h',
  ])('%s is refused, and not repeated', (text) => {
    const message = messageIn(bucketAddress(text))
    expect(message).toContain('s3://BUCKET/PREFIX')
    expect(message).not.toContain('hush-hush')
  })

  it('is told from the path of a folder', () => {
    expect(['s3://a', 'S3:x', 's3', './s3:', 'runs/store'].map(isBucket)).toEqual([true, true, false, false, false])
  })
})
