import { writeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { setFlagsFromString } from 'node:v8'

import { codeOf, messageOf } from '@ptu/core'
import { loadAtOnce, openThread } from '@ptu/experiments/early'
import pc from 'picocolors'

import type { Env } from './env.ts'
import { errorDocument } from './error-document.ts'
import { lineProgress } from './progress.ts'
import { withoutSecrets } from './without-secrets.ts'

const { stdin, stdout, stderr, env: variables, argv } = process

/** The folder that relative paths start from; it may have been deleted. */
const workingFolder = (): string => {
  try {
    return process.cwd()
  } catch {
    stderr.write('ptu: the working folder does not exist any more; change to another and repeat\n')
    process.exit(1)
  }
}

/** The commands that train on threads. */
const threaded: readonly string[] = ['compare', 'demo', 'train']

/** The process as a command sees it. The bar and its packages are loaded only where a terminal shows it. */
const environment = async (signal: AbortSignal): Promise<Env> => {
  const thread = threaded.includes(argv[2] ?? '') ? openThread() : undefined
  const now = (): number => performance.now()
  const write = (text: string): void => {
    stderr.write(text)
  }
  const answer = (text: string): void => {
    stdout.write(text)
  }
  const bars = stderr.isTTY ? (await import('./progress-bar.ts')).terminalBars(stderr, now) : undefined
  return {
    stdout: bars && stdout.isTTY ? bars.above(answer) : answer,
    stderr: bars ? bars.above(write) : write,
    lines: () => createInterface({ input: stdin, crlfDelay: Infinity }),
    colour: stderr.isTTY && pc.isColorSupported,
    isTerminal: stdout.isTTY,
    progress: bars?.progress ?? lineProgress(write, now),
    now,
    cwd: workingFolder(),
    cores: availableParallelism(),
    signal,
    threads: true,
    thread,
  }
}

/** Aborts at the first Ctrl-C, request to end or hang-up; a second one ends at once. */
const interruptible = (): AbortSignal => {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130)
      controller.abort()
    })
  return controller.signal
}

/** Says something where streams may fail: at the end of a process, without file descriptors, on a full disk. */
const lastWords = (text: string): void => {
  try {
    writeSync(2, text)
  } catch {
    // There is nobody left to tell.
  }
}

/** Ends the process when the answer cannot be written: without an error if the reader only went away, else with one. */
const cannotWrite = (cause: NodeJS.ErrnoException): never => {
  if (cause.code === 'EPIPE') process.exit(0)
  lastWords(
    `ptu: cannot write the answer: ${cause.code === 'ENOSPC' ? 'the disk or the device is full' : cause.message}\n`,
  )
  process.exit(1)
}
stdout.on('error', cannotWrite)

/** Writes what is left of the answer and ends with a code: backends may keep threads alive. */
const end = (code: number): void => {
  stdout.write('', (cause) => {
    if (cause) cannotWrite(cause)
    process.exit(code)
  })
}
stderr.on('error', () => undefined) // a terminal that is gone; the run goes on

/** Errors that are no bugs: the limits of a machine. */
const limits: Readonly<Record<string, string>> = {
  EMFILE: 'too many files are open for the limits of this process; raise them with ulimit -n',
  ENFILE: 'too many files are open on this machine; close some programs and repeat',
  ENOMEM: 'there is no memory left; close some programs or use fewer --workers',
  EAGAIN: 'no thread can be started; use fewer --workers',
  ERR_WORKER_OUT_OF_MEMORY: 'a thread has no memory left; use fewer --workers',
  ERR_WORKER_INIT_FAILED: 'no thread can be started; use fewer --workers',
}

const fail = (cause: unknown): void => {
  const code = codeOf(cause)
  const limit = limits[code]
  const detail = variables['PTU_DEBUG'] === '1' && cause instanceof Error ? (cause.stack ?? '') : messageOf(cause)
  const message = limit ?? `this is a bug of ptu: ${detail}`
  lastWords(`ptu: ${message}\n${limit === undefined ? 'set PTU_DEBUG=1 to see where, and please report it\n' : ''}`)
  if (argv.includes('--json')) stdout.write(errorDocument(limit === undefined ? 'bug' : 'failure', message))
  end(1)
}
process.on('uncaughtException', fail)

// Else a list of processes shows the password in an address that was typed.
const typed = argv.slice(2).join(' ')
if (withoutSecrets(typed) !== typed) process.title = `ptu ${withoutSecrets(typed)}`

// Fused multiply-add in WebAssembly, which Node has by itself from 21 on.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd')

// Else large functions of TensorFlow.js are inlined into one another, and every thread spends more on compiling them than it gains.
// A Node newer than those it was tried on might not know the flag, and says so.
if (Number.parseInt(process.versions.node, 10) <= 24) setFlagsFromString('--max-inlined-bytecode-size-cumulative=300')

/** Runs the command line. The first thread loads what it needs while the commands are loaded here. */
const start = async (): Promise<number> => {
  const env = await environment(interruptible())
  const { run } = (await loadAtOnce(new URL('./run.js', import.meta.url))) as typeof import('./run.ts')
  const { enableProdMode } = await import('@tensorflow/tfjs-core')
  // Else TensorFlow.js advertises its native package to everyone who looks at stderr.
  enableProdMode()
  return await run(argv.slice(2), env)
}

// Else the client of S3 says in eight lines which Node it will want one day.
variables['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

start().then(end, fail)
