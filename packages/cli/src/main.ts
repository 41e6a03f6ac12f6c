import { availableParallelism } from 'node:os'

import { messageOf } from '@ptu/core'
import { enableProdMode } from '@tensorflow/tfjs-core'
import pc from 'picocolors'

import type { Env } from './env.ts'
import { barProgress, lineProgress } from './progress.ts'
import { run } from './run.ts'

const { stdout, stderr, env: variables, argv } = process

/** The process as a command sees it. */
const environment = (signal: AbortSignal): Env => {
  const now = (): number => performance.now()
  const write = (text: string): void => {
    stderr.write(text)
  }
  return {
    stdout: (text) => stdout.write(text),
    stderr: write,
    colour: stderr.isTTY && pc.isColorSupported,
    progress: stderr.isTTY ? barProgress(stderr, now) : lineProgress(write, now),
    now,
    cwd: process.cwd(),
    cores: availableParallelism(),
    signal,
    threads: true,
  }
}

/** Aborts at the first Ctrl-C or request to end; a second one ends at once. */
const interruptible = (): AbortSignal => {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130)
      controller.abort()
    })
  return controller.signal
}

/** The code and what was written, then the end: backends may keep threads alive. */
const end = (code: number): void => {
  stdout.write('', () => process.exit(code))
}

stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code === 'EPIPE') process.exit(0)
  throw cause
})

// Else TensorFlow.js advertises its native package to everyone who looks at stderr.
enableProdMode()

run(argv.slice(2), environment(interruptible())).then(end, (cause: unknown) => {
  const detail = variables['PTU_DEBUG'] === '1' && cause instanceof Error ? (cause.stack ?? '') : messageOf(cause)
  stderr.write(`ptu: this is a bug of ptu: ${detail}\nset PTU_DEBUG=1 to see where, and please report it\n`)
  end(1)
})
