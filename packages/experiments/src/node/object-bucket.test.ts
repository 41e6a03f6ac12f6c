import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { messageIn, rightOf } from '../../tests/small-network.ts'
import type { Objects } from '../run/objects.ts'
import { openObjects } from './open-objects.ts'

const secret = 'hush-hush'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** An error as servers of S3 tell it. */
const error =
  (status: number, code: string): Answer =>
  (_, response) => {
    const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>for ${secret}</Message></Error>`
    response.writeHead(status, { 'content-type': 'application/xml' }).end(text)
  }

const empty: Answer = (_, response) => {
  response.end('<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>')
}

/** Says that more bytes come than do. */
const cut: Answer = (_, response) => {
  response.writeHead(200, { 'content-length': '10' }).write('abcd', () => {
    response.destroy()
  })
}

let server: Server
let asked: string[]
let answers: readonly Answer[]

beforeEach(async () => {
  for (const [name, value] of [
    ['AWS_ACCESS_KEY_ID', 'ada'],
    ['AWS_SECRET_ACCESS_KEY', secret],
    ['AWS_REGION', 'us-east-1'],
    ['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true'],
  ] as const)
    vi.stubEnv(name, value)
  ;[asked, answers] = [[], []]
  server = createServer((request, response) => {
    const list = request.url?.includes('list-type') === true
    asked.push(list ? 'list' : `${request.method ?? ''}${request.headers['if-none-match'] === '*' ? ' new' : ''}`)
    const [answer = empty, ...later] = answers
    answers = later
    request.resume().on('end', () => {
      answer(request, response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  server.close()
})

const place = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const opened = (): Promise<E.Either<Error, Objects>> => openObjects('/', `s3://data/ptu?endpoint=${place()}`)()

describe('objects in a bucket', () => {
  it.each<readonly [string, readonly Answer[], string]>([
    ['does not exist', [error(404, 'NoSuchBucket')], 'the bucket does not exist'],
    ['refuses the name', [error(403, 'InvalidAccessKeyId')], 'does not accept these credentials'],
    ['refuses the secret', [error(403, 'SignatureDoesNotMatch')], 'does not accept these credentials'],
    ['is forbidden', [error(403, 'AccessDenied')], 's3:ListBucket'],
    ['is in another region', [error(301, 'PermanentRedirect')], 'AWS_REGION'],
    ['is busy', Array.from({ length: 3 }, () => error(503, 'SlowDown')), 'busy or broken'],
    ['is no S3', [error(418, 'Teapot')], 'it answers Teapot (418)'],
  ])('whose server says that it %s are one sentence without secrets', async (_, said, words) => {
    answers = said
    const message = messageIn(await opened())
    expect(message).toContain('the store s3://data/ptu cannot be used: ')
    expect(message).toContain(words)
    expect(message).not.toMatch(/hush|\n/)
    expect(asked).toHaveLength(said.length)
  })

  it('whose server does not answer are one sentence', async () => {
    const gone = place()
    server.close()
    await once(server, 'close')
    const objects = await openObjects('/', `s3://data/ptu?endpoint=${gone}`)()
    expect(messageIn(objects)).toContain('nothing answers there')
  })

  it('whose server speaks no TLS are one sentence', async () => {
    const objects = await openObjects('/', `s3://data/ptu?endpoint=${place().replace('http', 'https')}`)()
    expect(messageIn(objects)).toContain('https:// for TLS')
  })

  it('are asked for again when the connection is cut while they come, and then refused', async () => {
    const objects = rightOf(await opened())
    answers = [cut, cut, (_, response) => response.end('whole')]
    expect(await objects.find('a')()).toEqual(E.right(new TextEncoder().encode('whole')))
    answers = [cut, cut, cut]
    expect(messageIn(await objects.find('a')())).toContain('s3://data/ptu/a does not arrive whole')
    expect(asked.filter((each) => each === 'GET')).toHaveLength(6)
  })

  it('that are too large are not read', async () => {
    const objects = rightOf(await opened())
    answers = [
      (_, response) => {
        response.writeHead(200, { 'content-length': String(2 ** 31 + 1) }).write('a')
      },
    ]
    expect(messageIn(await objects.find('a')())).toContain(`it has ${2 ** 31 + 1}`)
  })

  it('are only written where they are new', async () => {
    const objects = rightOf(await opened())
    const add = () => objects.add('a', Uint8Array.of(1))()
    answers = [empty]
    expect(await add()).toEqual(E.right(false))
    answers = [error(404, 'NoSuchKey'), error(412, 'PreconditionFailed')]
    expect(await add()).toEqual(E.right(false))
    answers = [error(404, 'NoSuchKey'), error(409, 'ConditionalRequestConflict'), empty]
    expect(await add()).toEqual(E.right(true))
    expect(asked).toEqual(['list', 'HEAD', 'HEAD', 'PUT new', 'HEAD', 'PUT new', 'PUT new'])
  })

  it('are written without a condition where the server knows none', async () => {
    const objects = rightOf(await opened())
    answers = [error(404, 'NoSuchKey'), error(501, 'NotImplemented'), empty]
    expect(await objects.add('a', Uint8Array.of(1))()).toEqual(E.right(true))
    expect(asked).toEqual(['list', 'HEAD', 'PUT new', 'PUT'])
  })

  it('are listed page by page', async () => {
    const objects = rightOf(await opened())
    const page = (names: readonly string[], next: string): Answer =>
      (_, response) => {
        const found = names.map((name) => `<Contents><Key>ptu/${name}</Key></Contents>`).join('')
        response.end(`<ListBucketResult>${found}${next}</ListBucketResult>`)
      } // prettier-ignore
    answers = [page(['x/a', 'x/b'], '<NextContinuationToken>t</NextContinuationToken>'), page(['x/c'], '')]
    expect(await objects.list('x')()).toEqual(E.right(['x/a', 'x/b', 'x/c']))
  })
})
