import type { Dispatcher } from 'undici'

import type { PublishedFile } from '../models/recipe.ts'
import type { PartialFile } from './download-partial.ts'
import { DownloadProblem, problemOf } from './download-problem.ts'
import { ask, drop, type Answered, type Connection } from './download-request.ts'

/** A file and where it is. */
interface Addressed extends PublishedFile {
  readonly url: string
}

/** The means and limits of receiving a file. */
export interface Receiving {
  /** Makes the connections of one try. */
  readonly connect: () => Dispatcher
  readonly signal: AbortSignal
  readonly progress: (done: number, total: number) => void
  /** The longest time that a server may send nothing, in milliseconds. */
  readonly silenceMs: number
  /** The number of connections that may fail. */
  readonly tries: number
  readonly wait: (milliseconds: number) => Promise<unknown>
}

/** Milliseconds before the second try; each further pause is twice as long. */
const firstPause = 500

/** Receives the missing part of a file; throws a {@link DownloadProblem} if that is impossible. */
export const receiveAll = async (file: Addressed, partial: PartialFile, how: Receiving): Promise<void> => {
  const { host } = new URL(file.url)
  let validator: string | undefined
  for (let tried = 1; partial.size() < file.bytes; tried++) {
    try {
      await watched(how, async (connection, heard) => {
        const answered = await unlessEnded(
          ask({ url: file.url, from: partial.size(), validator }, connection),
          connection,
        )
        validator = answered.validator
        await take(answered, file, partial, (done) => {
          heard()
          how.progress(done, file.bytes)
        })
      })
    } catch (cause) {
      const problem = problemOf(cause, host)
      if (how.signal.aborted || !problem.again) throw problem
      if (tried >= how.tries)
        throw new DownloadProblem(
          `${problem.message}, ${tried} ${tried === 1 ? 'time' : 'times'}; ${partial.size()} of ${file.bytes} bytes ` +
            'have come and are kept: repeat to go on',
          false,
        )
      await how.wait(firstPause * 2 ** (tried - 1))
    }
  }
}

/** Ends whatever falls silent: a lookup, a proxy, a server before or amid its answer. */
const watched = async (
  { connect, signal, silenceMs }: Receiving,
  work: (connection: Connection, heard: () => void) => Promise<void>,
): Promise<void> => {
  const dispatcher = connect()
  const silence = new AbortController()
  const timer = setTimeout(() => {
    silence.abort()
  }, silenceMs)
  try {
    await work({ dispatcher, signal: AbortSignal.any([signal, silence.signal]) }, () => timer.refresh())
  } catch (cause) {
    if (!silence.signal.aborted) throw cause
    throw new DownloadProblem(`the server sent nothing for ${silenceMs / 1000} s`, true)
  } finally {
    clearTimeout(timer)
    await dispatcher.destroy()
  }
}

/**
 * Waits for an answer until the signal aborts. undici does not end a request before it is sent, for example while a
 * proxy is silent; such a request is abandoned.
 */
const unlessEnded = (answer: Promise<Answered>, { signal }: Connection): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const end = (): void => {
      reject(new Error('ended'))
      answer.then(
        ({ body }) => {
          drop(body)
        },
        () => undefined,
      )
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    answer.then(resolve, reject)
  })

/** Adds a server's bytes to those that have come. Nothing is taken if the file has another length than expected. */
const take = async (
  { from, total, body }: Answered,
  file: Addressed,
  partial: PartialFile,
  told: (done: number) => void,
): Promise<void> => {
  try {
    if (total !== undefined && total !== file.bytes)
      throw new DownloadProblem(
        `expected ${file.bytes} bytes, the server has ${total}: perhaps a page to log in to the network, or another version`,
        false,
      )
    if (from !== partial.size()) await partial.restart()
    if (from > partial.size()) throw new DownloadProblem('the server sends another part than was asked for', true)
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      if (partial.size() + chunk.length > file.bytes)
        throw new DownloadProblem(`expected ${file.bytes} bytes, the server sends more`, false)
      await partial.add(chunk)
      told(partial.size())
    }
  } finally {
    drop(body)
  }
  if (partial.size() < file.bytes) throw new DownloadProblem('the connection ended early', true)
}
