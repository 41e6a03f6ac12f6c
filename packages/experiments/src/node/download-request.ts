import type { Readable } from 'node:stream'

import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici'

import { DownloadProblem, statusProblem } from './download-problem.ts'

/** The variables of the environment that name proxies. */
export type Variables = Readonly<Record<string, string | undefined>>

/**
 * Makes the connections of a try: https through `HTTPS_PROXY` (or `HTTP_PROXY`, if that is not set), http through
 * `HTTP_PROXY`, and directly to the hosts in `NO_PROXY`. Lower-case names of variables win.
 *
 * Throws if a proxy is no URL.
 */
export const connections = (variables: Variables): Dispatcher => {
  const named = (name: string): string => variables[name] ?? variables[name.toUpperCase()] ?? ''
  const proxy = (name: string): string => (named(name) === '' ? '' : proxyAt(named(name), name.toUpperCase()))
  return new EnvHttpProxyAgent({
    httpProxy: proxy('http_proxy'),
    httpsProxy: proxy('https_proxy'),
    noProxy: named('no_proxy'),
    // The silence of a server is watched by the download itself, from the first step to the last.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

/** Checks the address of a proxy. It is not shown in errors, because it may hold a password. */
const proxyAt = (address: string, name: string): string => {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !['http:', 'https:', 'socks:', 'socks5:'].includes(url.protocol))
    throw new DownloadProblem(
      `expected an address such as http://proxy:8080 in ${name}, got something else; correct or unset it`,
      false,
    )
  return Object.assign(url, { pathname: '', search: '', hash: '' }).href
}

/** A request for a file from byte `from` on, if it is still the file that `validator` is an ETag of. */
export interface Asked {
  readonly url: string
  readonly from: number
  readonly validator: string | undefined
}

/** A part of a file that a server sends. */
export interface Answered {
  /** The byte of the file that `body` begins with. */
  readonly from: number
  /** The length of the whole file, if the server states it. */
  readonly total: number | undefined
  readonly validator: string | undefined
  readonly body: Readable
}

/** Ways to connect and to stop. */
export interface Connection {
  readonly dispatcher: Dispatcher
  readonly signal: AbortSignal
}

const longestChain = 10

/** An address for a message, without the part behind the path, which may hold a secret. */
const shownAddress = (url: string): string => {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

/** Asks for a file and follows at most ten redirects, none from https to http and none in a circle. */
export const ask = async (asked: Asked, connection: Connection, before: readonly string[] = []): Promise<Answered> => {
  const { url } = asked
  const { statusCode, headers, body } = await request(url, { ...connection, headers: headersFor(asked) })
  if (statusCode === 200 || statusCode === 206) {
    const answered = statusCode === 200 ? whole(headers) : part(headers)
    return { ...answered, validator: strong(header(headers, 'etag')), body }
  }
  drop(body)
  // More bytes have come than the server has: the whole file is asked for.
  if (statusCode === 416 && asked.from > 0) return ask({ url, from: 0, validator: undefined }, connection, before)
  const location = redirects.includes(statusCode) ? header(headers, 'location') : undefined
  if (location === undefined) throw statusProblem(statusCode, shownAddress(url))
  return ask({ ...asked, url: redirected(url, location, before) }, connection, [...before, url])
}

/** Ends a body that nobody reads. undici reports that as an error, which is ignored. */
export const drop = (body: Readable): void => {
  body.on('error', () => undefined).destroy()
}

const redirects: readonly number[] = [301, 302, 303, 307, 308]

const headersFor = ({ from, validator }: Asked): Record<string, string> => ({
  'user-agent': 'ptu',
  'accept-encoding': 'identity',
  ...(from > 0 ? { range: `bytes=${from}-` } : {}),
  ...(from > 0 && validator !== undefined ? { 'if-range': validator } : {}),
})

type Headers = Readonly<Record<string, string | string[] | undefined>>

const header = (headers: Headers, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** The validator if it is strong: weak ones do not promise the same bytes. */
const strong = (etag: string | undefined): string | undefined => (etag?.startsWith('"') === true ? etag : undefined)

const whole = (headers: Headers): Pick<Answered, 'from' | 'total'> => {
  const length = header(headers, 'content-length')
  return { from: 0, total: length === undefined ? undefined : Number(length) }
}

/** Reads `bytes 200-999/1000`. */
const part = (headers: Headers): Pick<Answered, 'from' | 'total'> => {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header(headers, 'content-range') ?? '') ?? []
  if (from === undefined) throw new DownloadProblem('the server sends a part and does not say which', true)
  return { from: Number(from), total: total === '*' ? undefined : Number(total) }
}

/**
 * The address that a redirect leads to; throws if it is not to be followed. `before` are the addresses that led to
 * `url`.
 */
export const redirected = (url: string, location: string, before: readonly string[]): string => {
  if (!URL.canParse(location, url))
    throw new DownloadProblem(`${shownAddress(url)} redirects to an address that cannot be read`, false)
  const target = new URL(location, url)
  const chain = [...before, url]
  if (target.protocol !== 'https:' && target.protocol !== new URL(url).protocol)
    throw new DownloadProblem(
      `${shownAddress(url)} redirects to ${target.protocol}//${target.host}, which is not encrypted; this is refused`,
      false,
    )
  if (chain.includes(target.href))
    throw new DownloadProblem(
      `the server redirects in a circle: ${[...chain, target.href].map(shownAddress).join(' → ')}`,
      false,
    )
  if (chain.length > longestChain)
    throw new DownloadProblem(`${shownAddress(chain[0] ?? url)} redirects more than ${longestChain} times`, false)
  return target.href
}
