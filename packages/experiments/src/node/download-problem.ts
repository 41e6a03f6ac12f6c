import { codeOf, messageOf } from '@ptu/core'

/** The reason why one try of a download failed; `again` says whether another try may succeed. */
export class DownloadProblem extends Error {
  override readonly name = 'DownloadProblem'
  readonly again: boolean

  constructor(message: string, again: boolean) {
    super(message)
    this.again = again
  }
}

/** The meanings of the codes of Node and undici, in words. */
const told: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is unknown to this network',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  ETIMEDOUT: 'it did not answer in time',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no network',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
}

const full = ['ENOSPC', 'EDQUOT']

const certificate = /CERT|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY/

/** Turns the error of a try into a problem; `host` is the server that was asked. */
export const problemOf = (cause: unknown, host: string): DownloadProblem => {
  if (cause instanceof DownloadProblem) return cause
  const code = codeOf(cause)
  if (full.includes(code)) return new DownloadProblem('the disk is full; free some space and repeat', false)
  if (certificate.test(code))
    return new DownloadProblem(
      `${host} showed a certificate that is not trusted (${code}); behind a company's proxy, name its certificate in ` +
        'NODE_EXTRA_CA_CERTS',
      false,
    )
  const proxy = /^Proxy response \((\d{3})\)/.exec(messageOf(cause))?.[1]
  if (proxy !== undefined)
    return new DownloadProblem(
      `the proxy does not connect to ${host}: it answers with status ${proxy}${proxy === '407' ? ', it wants a user and a password' : ''}`,
      Number(proxy) >= 500,
    )
  const known = told[code]
  return new DownloadProblem(
    known === undefined ? `the download from ${host} failed: ${messageOf(cause)}` : `cannot reach ${host}: ${known}`,
    true,
  )
}

/** Turns a status other than success into a problem. */
export const statusProblem = (status: number, address: string): DownloadProblem => {
  if (status === 404 || status === 410) return new DownloadProblem(`${address} is not there (${status})`, false)
  if (status === 401 || status === 403) return new DownloadProblem(`${address} is refused (${status})`, false)
  const again = status === 408 || status === 425 || status === 429 || status >= 500
  return new DownloadProblem(`${address} answers with status ${status}`, again)
}
