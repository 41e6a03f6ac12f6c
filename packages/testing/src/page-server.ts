import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { inChromium } from './chromium.ts'

/** The type and the contents at a path; undefined if there is nothing. */
export type Respond = (path: string) => Promise<readonly [type: string, contents: string | Buffer] | undefined>

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** Serves paths on a free port of this machine, and hands over what the page posts. */
export const serve = (
  respond: Respond,
  headers: Readonly<Record<string, string>>,
  done: (report: unknown) => void,
): Promise<Server> => {
  const answer = async (request: IncomingMessage): ReturnType<Respond> => {
    if (request.method !== 'POST') return respond(request.url ?? '/')
    done(JSON.parse(await bodyOf(request)))
    return ['text/plain', 'ok']
  }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const found = await answer(request)
    const [type, contents] = found ?? ['text/plain', 'not found']
    response.writeHead(found === undefined ? 404 : 200, { 'Content-Type': type, ...headers })
    response.end(contents)
  }
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      done({ error: String(error) })
      response.destroy()
    })
  })
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      resolve(server)
    }),
  )
}

/**
 * Opens the page that `respond` serves at `/` in Chromium and returns what it posts, or `{ error }` if serving it
 * failed.
 */
export const reportFromPage = async <A>(
  respond: Respond,
  headers: Readonly<Record<string, string>> = {},
): Promise<A> => {
  let resolve: (report: A) => void = () => undefined
  const reported = new Promise<A>((settle) => {
    resolve = settle
  })
  const server = await serve(respond, headers, (report) => {
    resolve(report as A)
  })
  const { port } = server.address() as AddressInfo
  try {
    return await inChromium(`http://127.0.0.1:${port}/`, reported)
  } finally {
    server.close()
  }
}
