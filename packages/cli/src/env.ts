import type { Worker as Thread } from 'node:worker_threads'

import type { ShowProgress } from '@ptu/experiments'

/** The parts of its process that a command uses, as a value: tests pass their own. */
export interface Env {
  /** Writes to the result channel. */
  readonly stdout: (text: string) => void
  /** Writes to the person who waits: progress, warnings, errors. */
  readonly stderr: (text: string) => void
  /** The lines of the standard input; absent if there is none. */
  readonly lines?: () => AsyncIterable<string>
  readonly progress: ShowProgress
  /** True if stderr may carry colours. */
  readonly colour: boolean
  /** True if stdout is a terminal, which obeys control characters. */
  readonly isTerminal?: boolean
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  readonly cwd: string
  readonly cores: number
  /** Aborts when the run should end early. */
  readonly signal: AbortSignal
  /** True if training runs on separate threads; without them it runs here. */
  readonly threads: boolean
  /** A thread that was opened early, for the first of them. */
  readonly thread?: Thread | undefined
}
