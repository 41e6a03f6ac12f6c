import type { Folders } from './runner-here.ts'
import type { Worker } from '../run/worker.ts'

/** The data that a thread is started with. */
export interface ThreadData extends Folders {
  readonly backend: string
  readonly modules: readonly string[]
}

/** A task of a worker and its inputs but the last, which tells the progress. */
export interface Request {
  readonly task: Exclude<keyof Worker, 'close'>
  readonly inputs: readonly unknown[]
}

/** What a thread says. */
export type Reply =
  | { readonly kind: 'step'; readonly done: number; readonly total: number }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'right'; readonly value: unknown }
  | { readonly kind: 'left'; readonly message: string; readonly usage: boolean }
