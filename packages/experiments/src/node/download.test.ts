import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { download, type Download, type DownloadOptions } from './download.ts'
import { problemOf } from './download-problem.ts'
import { redirected } from './download-request.ts'
import { lockPath } from './run-lock.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const content = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) % 251)
const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let folder = ''
let servers: Server[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-download-'))
  servers = []
})

afterEach(async () => {
  for (const server of servers) server.closeAllConnections()
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  await rm(folder, { recursive: true })
})

/** A server whose requests are answered in turn, the last handler again and again; what was asked. */
const serve = async (
  ...handlers: Handler[]
): Promise<{ readonly url: string; readonly asked: IncomingMessage[]; readonly server: Server }> => {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    const handler = handlers[Math.min(asked.length, handlers.length - 1)]
    asked.push(request)
    handler?.(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`, asked, server }
}

/** Sends the file as a good server does. */
const good: Handler = ({ headers }, response) => {
  const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? []
  const body = content.subarray(Number(from ?? 0))
  response.writeHead(from === undefined ? 200 : 206, {
    'content-length': body.length,
    etag: '"one"',
    ...(from === undefined ? {} : { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
  })
  response.end(body)
}

/** Are told how many bytes have come. */
const watchers = new Set<(done: number) => void>()

/** Promises all, sends `bytes`, and breaks the connection once they have come. */
const cutOff =
  (bytes: number): Handler =>
  (_request, response) => {
    const cut = (done: number): void => {
      if (done >= bytes && watchers.delete(cut)) response.destroy()
    }
    watchers.add(cut)
    response.writeHead(200, { 'content-length': content.length, etag: '"one"' })
    response.write(content.subarray(0, bytes))
  }

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_request, response) => {
    response.writeHead(code, headers).end('<html>')
  }

const file = (url: string, bytes: Uint8Array = content): Download => ({
  name: 'weights.bin',
  url,
  bytes: bytes.length,
  sha256: sum(bytes),
})

const fetching = (
  url: string,
  { onProgress, ...options }: Partial<DownloadOptions> = {},
): ReturnType<ReturnType<typeof download>> => {
  const told = (done: number, total: number): void => {
    onProgress?.(done, total)
    for (const watcher of watchers) watcher(done)
  }
  return download(file(url), { folder, wait: () => Promise.resolve(), onProgress: told, ...options })()
}

const problem = (outcome: E.Either<Error, string>): string => {
  if (E.isRight(outcome)) throw new Error('expected a Left')
  return outcome.left.message
}

const target = (): string => join(folder, 'weights.bin')
const part = (slot = 0): string => `${target()}.${sum(content).slice(0, 8)}.${slot}.part`

const expectWhole = async (outcome: E.Either<Error, string>): Promise<void> => {
  expect(outcome).toEqual(E.right(target()))
  expect(sum(await readFile(target()))).toBe(sum(content))
  expect(await readdir(folder)).toEqual(['weights.bin'])
}

describe('a download', () => {
  it('keeps the file under its name and nothing beside it, and tells how far it is', async () => {
    const { url, asked } = await serve(good)
    const told: number[] = []
    const onProgress = (done: number, total: number): void => {
      expect(total).toBe(content.length)
      told.push(done)
    }
    await expectWhole(await fetching(url, { onProgress }))
    expect(told).toEqual(told.toSorted((a, b) => a - b))
    expect(told.at(-1)).toBe(content.length)
    expect(asked[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', 'user-agent': 'ptu' })
    expect(asked[0]?.headers.range).toBeUndefined()
  })

  it('asks for nothing where the right file is there, and replaces a wrong one', async () => {
    const { url, asked } = await serve(good)
    await writeFile(target(), content)
    await writeFile(part(1), 'of a killed process')
    await expectWhole(await fetching(url))
    expect(asked).toHaveLength(0)
    await writeFile(
      target(),
      content.map((byte) => byte ^ 1),
    )
    await expectWhole(await fetching(url))
    expect(asked).toHaveLength(1)
  })

  it('goes on where the connection broke, if the file is still the same', async () => {
    const { url, asked } = await serve(cutOff(100_000), good)
    await expectWhole(await fetching(url))
    expect(asked).toHaveLength(2)
    expect(asked[1]?.headers).toMatchObject({ range: 'bytes=100000-', 'if-range': '"one"' })
  })

  it('goes on with what an earlier process left', async () => {
    const { url, asked } = await serve(good)
    await writeFile(part(), content.subarray(0, 77))
    await expectWhole(await fetching(url))
    expect(asked.map(({ headers }) => headers.range)).toEqual(['bytes=77-'])
  })

  it('asks for nothing more where an earlier process left all of it', async () => {
    const { url, asked } = await serve(good)
    await writeFile(part(), content)
    await expectWhole(await fetching(url))
    expect(asked).toHaveLength(0)
  })

  it.each([
    ['of another file', content.slice(0, 500).fill(7)],
    ['that is too long', new Uint8Array(content.length + 1)],
  ])('begins anew after a part %s', async (_what, left) => {
    const { url } = await serve(good)
    await writeFile(part(), left)
    await expectWhole(await fetching(url))
  })

  it('begins anew where the server ignores what it is asked for', async () => {
    const whole: Handler = (_request, response) => response.writeHead(200).end(content)
    const { url, asked } = await serve(cutOff(1000), whole)
    await expectWhole(await fetching(url))
    expect(asked[1]?.headers.range).toBe('bytes=1000-')
  })

  it('does not take a part that it did not ask for', async () => {
    const other: Handler = (_request, response) =>
      response.writeHead(206, { 'content-range': `bytes 5000-199999/${content.length}` }).end(content.subarray(5000))
    const { url, asked } = await serve(cutOff(1000), other, status(206), good)
    await expectWhole(await fetching(url))
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=1000-', undefined, undefined])
  })

  it('asks for all where the server has less than what has come', async () => {
    const { url, asked } = await serve(status(416), good)
    await writeFile(part(), content.subarray(0, 50))
    await expectWhole(await fetching(url))
    expect(asked.map(({ headers }) => headers.range)).toEqual(['bytes=50-', undefined])
  })
})

describe('a download that fails', () => {
  it('removes a file with another hash and says both', async () => {
    const other = content.map((byte) => 255 - byte)
    const { url } = await serve((_request, response) => response.end(other))
    const message = problem(await fetching(url))
    expect(message).toContain(`expected SHA-256 ${sum(content)}, what came has ${sum(other)}`)
    expect(await readdir(folder)).toEqual([])
  })

  it('takes nothing of a file of another length, as a page to log in has', async () => {
    const { url } = await serve(status(200, { 'content-length': '6' }))
    expect(problem(await fetching(url))).toContain(`expected ${content.length} bytes, the server has 6`)
  })

  it('stops where more comes than expected', async () => {
    const endless: Handler = (_request, response) => {
      response.on('drain', () => response.write(content))
      while (response.write(content));
    }
    const { url } = await serve(endless)
    expect(problem(await fetching(url))).toContain('the server sends more')
  })

  it.each([
    [404, 1, 'is not there (404)'],
    [410, 1, 'is not there (410)'],
    [403, 1, 'is refused (403)'],
    [401, 1, 'is refused (401)'],
    [400, 1, 'status 400'],
    [304, 1, 'status 304'],
    [503, 3, 'status 503, 3 times'],
    [429, 3, 'status 429, 3 times'],
    [408, 3, 'status 408, 3 times'],
  ])('asks for status %i so many times: %i', async (code, times, said) => {
    const { url, asked } = await serve(status(code))
    const message = problem(await fetching(`${url}?secret=1`, { tries: 3 }))
    expect(message).toContain(said)
    expect(message).not.toContain('secret')
    expect(asked).toHaveLength(times)
  })

  it('waits longer before each further try, and keeps what has come', async () => {
    const { url } = await serve(cutOff(10_000), (request) => request.socket.destroy())
    const waits: number[] = []
    const wait = (milliseconds: number): Promise<void> => {
      waits.push(milliseconds)
      return Promise.resolve()
    }
    const message = problem(await fetching(url, { wait, tries: 4 }))
    expect(waits).toEqual([500, 1000, 2000])
    expect(message).toContain('the connection broke, 4 times; 10000 of 200000 bytes have come and are kept')
    expect(await readdir(folder)).toEqual([basename(part())])
    expect(problem(await fetching(url, { wait }))).toContain('the connection broke, 5 times')
  })

  it('ends a server that sends nothing, before its answer and amid it', async () => {
    const amid: Handler = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 1000))
    }
    const never: Handler = () => undefined
    const { url, asked } = await serve(amid, never)
    const message = problem(await fetching(url, { silenceMs: 200, tries: 2 }))
    expect(message).toContain('the server sent nothing for 0.2 s, 2 times; 1000 of 200000')
    expect(asked).toHaveLength(2)
  })

  it('bears a server that is slow, as long as something comes', async () => {
    const drop: Handler = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length })
      const send = (at: number): void => {
        response.write(content.subarray(at, at + 20_000))
        if (at + 20_000 < content.length)
          setTimeout(() => {
            send(at + 20_000)
          }, 60)
      }
      send(0)
    }
    const { url } = await serve(drop)
    await expectWhole(await fetching(url, { silenceMs: 400, tries: 1 }))
  })

  it('says which name is unknown and which port refuses', async () => {
    expect(problem(await fetching('http://unknown.invalid/x', { tries: 1 }))).toContain(
      'cannot reach unknown.invalid: its name',
    )
    const { url, server } = await serve(good)
    await new Promise((resolve) => server.close(resolve))
    servers = []
    expect(problem(await fetching(url, { tries: 2 }))).toContain('the connection was refused, 2 times')
  })

  it('refuses to begin where the disk has too little room', async () => {
    const { url, asked } = await serve(good)
    const outcome = await download({ ...file(url), bytes: 2 ** 52 }, { folder })()
    expect(problem(outcome)).toContain('is full: 4503599627370496 bytes are needed')
    expect(asked).toHaveLength(0)
  })

  it.each([
    [{ code: 'ENOSPC' }, 'the disk is full; free some space and repeat', false],
    [{ code: 'EDQUOT' }, 'the disk is full; free some space and repeat', false],
    [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'NODE_EXTRA_CA_CERTS', false],
    [{ code: 'EAI_AGAIN' }, 'cannot reach host: its name could not be looked up', true],
    [{ message: 'Proxy response (407) !== 200' }, 'status 407, it wants a user and a password', false],
    [{ message: 'Proxy response (503) !== 200' }, 'does not connect to host: it answers with status 503', true],
    [{ code: 'EIO' }, 'the download from host failed: told', true],
  ])('tells %j in words', (fields, said, again) => {
    const found = problemOf(Object.assign(new Error('told'), fields), 'host')
    expect(found.message).toContain(said)
    expect(found.again).toBe(again)
  })

  it('ends on request, keeps what has come, and says so', async () => {
    const stop = new AbortController()
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 5000))
    }, good)
    const onProgress = (): void => {
      stop.abort()
    }
    const wait = (): never => expect.fail('no further try is due')
    const outcome = await fetching(url, { signal: stop.signal, onProgress, wait })
    expect(outcome).toMatchObject({ left: { name: 'InterruptedError' } })
    expect(await readFile(part())).toHaveLength(5000)
    await expectWhole(await fetching(url))
  })

  it('ends on request while it waits for the next try', async () => {
    const stop = new AbortController()
    const { url } = await serve((_request, response) => {
      response.writeHead(503).end(() =>
        setImmediate(() => {
          stop.abort()
        }),
      )
    })
    const outcome = await download(file(url), { folder, signal: stop.signal })()
    expect(outcome).toMatchObject({ left: { name: 'InterruptedError' } })
  })

  it('does not take a name with a folder in it', () => {
    for (const name of ['../x', 'a/b', '.hidden', ''])
      expect(() => download({ ...file('http://a/b'), name }, { folder })).toThrow('expected the name of a file')
  })

  it('leaves a folder of that name alone', async () => {
    const { url } = await serve(good)
    await mkdir(target())
    expect(problem(await fetching(url))).toContain('cannot download weights.bin')
    expect(await readdir(target())).toEqual([])
  })
})

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('are followed (%i), relative ones too, with what was asked for', async (code) => {
    const { url, asked } = await serve(status(code, { location: '/elsewhere?key=1' }), good)
    await writeFile(part(), content.subarray(0, 9))
    await expectWhole(await fetching(url))
    expect(asked.map((request) => request.url)).toEqual(['/x', '/elsewhere?key=1'])
    expect(asked[1]?.headers.range).toBe('bytes=9-')
  })

  it('are not followed in a circle, which is named', async () => {
    const { url, asked } = await serve(
      status(302, { location: '/a?token=1' }),
      status(302, { location: '/b' }),
      status(302, { location: '/a?token=1' }),
    )
    const base = url.slice(0, -2)
    const message = problem(await fetching(url))
    expect(message).toContain(`redirects in a circle: ${base}/x → ${base}/a → ${base}/b → ${base}/a`)
    expect(asked).toHaveLength(3)
  })

  it('are followed ten times and not more', async () => {
    const chain = (request: IncomingMessage, response: ServerResponse): void => {
      const n = Number(/\d+/.exec(request.url ?? '')?.[0] ?? 0)
      if (n === 10) good(request, response)
      else status(302, { location: `/${n + 1}` })(request, response)
    }
    const { url } = await serve(chain)
    await expectWhole(await fetching(url))
    const further = await serve((_request, response) => {
      status(302, { location: `/${further.asked.length}` })(_request, response)
    })
    await rm(target())
    expect(problem(await fetching(further.url))).toContain('/x redirects more than 10 times')
    expect(further.asked).toHaveLength(11)
  })

  it('lead to encrypted addresses from anywhere, to others only from such', () => {
    expect(redirected('http://a/x', 'https://b/y', [])).toBe('https://b/y')
    expect(redirected('https://a/x', 'https://b/y', [])).toBe('https://b/y')
    expect(redirected('http://a/x', 'http://b/y', [])).toBe('http://b/y')
    expect(() => redirected('https://a/x', 'http://b/y', [])).toThrow(
      'https://a/x redirects to http://b, which is not encrypted; this is refused',
    )
  })

  it.each(['ftp://127.0.0.1/x', 'file:///etc/passwd', 'http://'])('do not lead to %s', async (location) => {
    const { url, asked } = await serve(status(302, { location }))
    expect(problem(await fetching(url))).toContain('redirects to')
    expect(asked).toHaveLength(1)
  })
})

describe('a proxy', () => {
  /** A proxy that passes all to one port and notes what it was asked for. */
  const proxyTo = async (port: number): Promise<{ readonly url: string; readonly asked: string[] }> => {
    const asked: string[] = []
    const { url, server } = await serve(status(500))
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push(`${request.url ?? ''} ${request.headers['proxy-authorization'] ?? ''}`.trim())
      const on = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.pipe(on).pipe(socket)
      })
      on.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')).on('close', () => {
        socket.destroySoon()
      })
      socket.on('error', () => undefined).on('close', () => on.destroy())
    })
    return { url: url.slice(0, -2), asked }
  }

  const portOf = (url: string): number => Number(new URL(url).port)

  it.each(['HTTP_PROXY', 'http_proxy'])('is taken from %s', async (name) => {
    const { url } = await serve(good)
    const proxy = await proxyTo(portOf(url))
    const address = proxy.url.replace('http://', 'http://ada:secret@')
    await expectWhole(await fetching('http://models.invalid/x', { env: { [name]: address } }))
    expect(proxy.asked).toEqual([`models.invalid:80 Basic ${Buffer.from('ada:secret').toString('base64')}`])
  })

  it('is not used for the hosts in NO_PROXY, nor where the environment names none', async () => {
    const { url } = await serve(good)
    const proxy = await proxyTo(1)
    await expectWhole(await fetching(url, { env: { HTTP_PROXY: proxy.url, NO_PROXY: 'a.example, 127.0.0.1' } }))
    await rm(target())
    await expectWhole(await fetching(url, { env: {} }))
    expect(proxy.asked).toEqual([])
  })

  it('of https is HTTPS_PROXY, not HTTP_PROXY', async () => {
    const secure = await proxyTo(1)
    const plain = await proxyTo(1)
    const env = { HTTP_PROXY: plain.url, HTTPS_PROXY: secure.url }
    const outcome = await fetching('https://models.invalid/x', { env, tries: 1, silenceMs: 200 })
    expect(problem(outcome)).toContain(
      'the proxy does not connect to models.invalid: it answers with status 502, 1 time',
    )
    expect([secure.asked, plain.asked]).toEqual([['models.invalid:443'], []])
  })

  it('that never answers is given up', async () => {
    const held: Socket[] = []
    const { url, server } = await serve(status(500))
    server.on('connect', (_request: IncomingMessage, socket: Socket) => held.push(socket))
    const options = { env: { HTTPS_PROXY: url.replace('/x', '/') }, tries: 2, silenceMs: 100 }
    expect(problem(await fetching('https://models.invalid/x', options))).toContain('sent nothing for 0.1 s, 2 times')
    for (const socket of held) socket.destroy()
  })

  it.each(['proxy:8080', 'nonsense', 'ftp://proxy'])(
    'whose address is %s is refused, and the address not shown',
    async (address) => {
      const message = problem(await fetching('http://models.invalid/x', { env: { HTTP_PROXY: address } }))
      expect(message).toContain('such as http://proxy:8080 in HTTP_PROXY')
      expect(message).not.toContain('nonsense')
    },
  )
})

describe('several downloads of one file at once', () => {
  it('all give the whole file and leave nothing else', async () => {
    const { url } = await serve(good)
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => fetching(url)))
    for (const outcome of outcomes) await expectWhole(outcome)
  })

  it('that were killed leave parts: the first is continued, the others are removed', async () => {
    const { url, asked } = await serve(good)
    for (const slot of [0, 1, 7]) await writeFile(part(slot), content.subarray(0, 1000 + slot))
    await expectWhole(await fetching(url))
    expect(asked.map(({ headers }) => headers.range)).toEqual(['bytes=1000-'])
  })

  it('leave alone the part of a process that still runs', async () => {
    const { url } = await serve(good)
    const other = await lockPath(`${target()}.0.lock`)()
    await writeFile(part(0), content.subarray(0, 10))
    expect(await fetching(url)).toEqual(E.right(target()))
    expect((await readdir(folder)).toSorted()).toEqual(
      ['weights.bin', 'weights.bin.0.lock', basename(part(0))].toSorted(),
    )
    if (E.isRight(other)) await other.right.release()
  })

  it('are refused beyond eight', async () => {
    const { url, asked } = await serve(good)
    const locks = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((slot) => lockPath(`${target()}.${slot}.lock`)()))
    expect(problem(await fetching(url))).toContain('no place is free')
    expect(asked).toEqual([])
    for (const lock of locks) if (E.isRight(lock)) await lock.right.release()
  })
})
