import { rename, rm, statfs } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { messageOf, OptionError } from '@ptu/core'
import { makeFolder } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Dispatcher } from 'undici'

import { InterruptedError, RunError, toRunError } from '../errors.ts'
import type { PublishedFile } from '../models/recipe.ts'
import { openPartial, type PartialFile } from './download-partial.ts'
import { DownloadProblem } from './download-problem.ts'
import type { Variables } from './download-request.ts'
import { clearSlots, takeSlot } from './download-slot.ts'
import { compareFile } from './file-digest.ts'

/** A file to download, with its expected length and hash. */
export interface Download extends PublishedFile {
  readonly url: string
}

/** The options of {@link download}. */
export interface DownloadOptions {
  /** The folder to keep the file in; it is made if it is missing. */
  readonly folder: string
  /** Ends the download; the bytes that have come are kept. */
  readonly signal?: AbortSignal
  /** Called with the number of bytes that have come, and the number in all. */
  readonly onProgress?: (done: number, total: number) => void
  /** The variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` (none). */
  readonly env?: Variables
  /** The longest time that a server may send nothing, in milliseconds (30,000). */
  readonly silenceMs?: number
  /** The number of times that a connection may fail (5). */
  readonly tries?: number
  /** Waits between two tries, for tests (a timer). */
  readonly wait?: (milliseconds: number) => Promise<unknown>
}

/**
 * Downloads a file, checks its length and SHA-256, and gives its path.
 *
 * The file appears under its name only when it is whole and right. The bytes that came before an interruption are kept
 * beside it and continued the next time. Connections that fail or fall silent are tried again, with growing pauses.
 * Several processes may download one file at the same time. A file that is already there and right is not asked for.
 *
 * A Left says what went wrong: an address that is not there, a file with another hash (it is removed), a full disk, a
 * redirect from https to http or in a circle, or an {@link InterruptedError} after `signal`.
 *
 * @example
 * ```ts
 * const file = { name: 'x', url: 'http://127.0.0.1:9/x', bytes: 1, sha256: '0'.repeat(64) }
 * const outcome = await download(file, { folder: 'models', tries: 1 })()
 * expect(outcome).toMatchObject({ left: { message: expect.stringContaining('cannot download x: cannot reach 127.0.0.1:9') } })
 * ```
 */
export const download = (
  file: Download,
  options: DownloadOptions,
): TE.TaskEither<RunError | InterruptedError, string> => {
  if (basename(file.name) !== file.name || !/^[^.]/.test(file.name))
    throw new OptionError(`expected the name of a file without a folder, got ${JSON.stringify(file.name)}`)
  return pipe(
    makeFolder(options.folder),
    TE.mapLeft(toRunError),
    TE.flatMap(() =>
      TE.tryCatch(
        () => kept(file, options),
        (cause) => failure(file, cause, options.signal),
      ),
    ),
  )
}

const failure = ({ name }: Download, cause: unknown, signal: AbortSignal | undefined): RunError | InterruptedError =>
  signal?.aborted === true
    ? new InterruptedError(`the download of ${name} was ended; what has come is kept, repeat to go on`)
    : new RunError(`cannot download ${name}: ${messageOf(cause)}`)

const kept = async (file: Download, options: DownloadOptions): Promise<string> => {
  const target = join(options.folder, file.name)
  if ((await compareFile(target, file)) !== 'same') {
    const slot = await takeSlot(target, file.sha256)
    try {
      // Another process may have got it between the two looks.
      if ((await compareFile(target, file)) !== 'same') await fetched(file, options, target, slot.part)
    } finally {
      await slot.release()
    }
  }
  await clearSlots(target, file.sha256)
  return target
}

const fetched = async (file: Download, options: DownloadOptions, target: string, part: string): Promise<void> => {
  const partial = await openPartial(part, file.bytes)
  try {
    await roomFor(file.bytes - partial.size(), options.folder)
    await received(file, options, partial)
    await rename(part, target)
  } catch (cause) {
    if (partial.size() === 0) await rm(part, { force: true })
    throw cause
  } finally {
    await partial.close()
  }
}

const roomFor = async (bytes: number, folder: string): Promise<void> => {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= bytes) return
  throw new DownloadProblem(
    `the disk of ${folder} is full: ${bytes} bytes are needed, ${bavail * bsize} are free; free some space and repeat`,
    false,
  )
}

/**
 * Receives the rest of a file. If a part from an earlier process belongs to another version of the file, everything is
 * asked for once more.
 */
const received = async (
  file: Download,
  { onProgress, env = {}, silenceMs = 30_000, tries = 5, ...options }: DownloadOptions,
  partial: PartialFile,
): Promise<void> => {
  // undici takes its time to load, and most runs download nothing.
  const [{ connections }, { receiveAll }] = await Promise.all([
    import('./download-request.ts'),
    import('./download-tries.ts'),
  ])
  const connect = (): Dispatcher => connections(env)
  const signal = options.signal ?? new AbortController().signal
  const progress = onProgress ?? ((): void => undefined)
  const wait = options.wait ?? ((milliseconds: number) => sleep(milliseconds, undefined, { signal }))
  const complete = async (): Promise<string> => {
    await receiveAll(file, partial, { connect, signal, progress, silenceMs, tries, wait })
    return partial.finish()
  }
  const continued = partial.size() > 0
  let sum = await complete()
  if (sum !== file.sha256 && continued) {
    await partial.restart()
    sum = await complete()
  }
  if (sum === file.sha256) return
  await partial.restart()
  throw new DownloadProblem(
    `expected SHA-256 ${file.sha256}, what came has ${sum}; it was removed: the publisher changed the file, or something ` +
      'on the way did',
    false,
  )
}
