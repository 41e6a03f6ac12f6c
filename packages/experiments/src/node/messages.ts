import type { RunnerPlace } from './runner-here.ts'
import type { Worker } from '../run/worker.ts'

/** The setup of a thread, which is the first message to it. */
export interface ThreadSetup extends RunnerPlace {
  readonly backend: string
  readonly modules: readonly string[]
  /** The place of this thread among those that train together; absent where it trains alone. */
  readonly group?: GroupPlace
}

/** The place of a thread among those that train together. */
export interface GroupPlace {
  readonly rank: number
  readonly count: number
  /** The memory in which they add up gradients. */
  readonly memory: SharedArrayBuffer
}

/** A task of a worker and its inputs, without the last one, which reports progress. */
export interface Request {
  readonly task: Exclude<keyof Worker, 'close'>
  readonly inputs: readonly unknown[]
}

/** The messages of a thread. */
export type Reply =
  | { readonly kind: 'step'; readonly done: number; readonly total: number }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'right'; readonly value: unknown }
  | { readonly kind: 'left'; readonly message: string; readonly usage: boolean }
