import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

import { freePort } from './redis.ts'

/** The reason why buckets cannot be tested here; undefined if they can. */
export const missingS3 = (): Promise<string | undefined> =>
  promisify(execFile)('moto_server', ['--help']).then(
    () => undefined,
    () => "moto_server is not installed: pip install 'moto[server]'",
  )

export const secret = 'hush-hush'

/** The variables of the environment of a client; only the address of the server is still to be named. */
export const credentials = {
  AWS_ACCESS_KEY_ID: 'ada',
  AWS_SECRET_ACCESS_KEY: secret,
  AWS_REGION: 'us-east-1',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
}

/** A server of S3 on a port of its own, with a bucket called `grids`. */
export interface S3 {
  readonly url: string
  readonly change: (key: string, edit: (text: string) => string) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts a server; one that knows nobody refuses every request. */
export const startS3 = async (knows: 'everybody' | 'nobody' = 'everybody'): Promise<S3> => {
  const port = await freePort()
  const server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
    env: { ...process.env, ...(knows === 'nobody' && { INITIAL_NO_AUTH_ACTION_COUNT: '0' }) },
  })
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (text: Buffer) => {
      if (text.includes('Running on')) resolve()
    })
    server.on('exit', () => {
      reject(new Error('moto_server ended'))
    })
  })
  const url = `http://127.0.0.1:${port}`
  const known = { accessKeyId: credentials.AWS_ACCESS_KEY_ID, secretAccessKey: secret }
  const client = new S3Client({
    region: credentials.AWS_REGION,
    endpoint: url,
    forcePathStyle: true,
    credentials: known,
  })
  if (knows === 'everybody') await client.send(new CreateBucketCommand({ Bucket: 'grids' }))
  return {
    url,
    change: async (key, edit) => {
      const place = { Bucket: 'grids', Key: key }
      const text = (await (await client.send(new GetObjectCommand(place))).Body?.transformToString('latin1')) ?? ''
      await client.send(new PutObjectCommand({ ...place, Body: Buffer.from(edit(text), 'latin1') }))
    },
    stop: async () => {
      client.destroy()
      server.kill('SIGKILL')
      await once(server, 'close')
    },
  }
}
