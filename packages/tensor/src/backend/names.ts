import type { Load } from './load.ts'

/** The backends that can be started, fastest first. */
export const backendNames = ['tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const

/** A backend of TensorFlow.js; `tensorflow-gpu` and `tensorflow` are its native packages with and without CUDA. */
export type BackendName = (typeof backendNames)[number]

/** A backend that was tried and did not start. */
export interface Rejected {
  readonly name: BackendName
  /** `not tried`: starting it is impossible in this process, for a reason that is not its own. */
  readonly status: 'not installed' | 'failed' | 'not tried'
  readonly why: string
}

/** A backend that runs, before its gradient was checked. */
export interface Running {
  /** Version of the package that brought it. */
  readonly version: string
  /** Facts for a reader of `ptu doctor`: threads, kernels, device. */
  readonly notes: readonly string[]
  /** The reasons for which it is slower or less certain than its name promises. */
  readonly warnings: readonly string[]
}

/** A backend that cannot be tried in this process. */
export class OccupiedError extends Error {
  override readonly name = 'OccupiedError'
}

/** Starts a backend. `asked` says that the user named it, rather than leaving the choice to us. */
export type Starter = (load: Load, asked: boolean) => Promise<Running>

/** No backend that was wanted could be started. */
export class BackendError extends Error {
  override readonly name = 'BackendError'
  readonly rejected: readonly Rejected[]

  constructor(wanted: string, rejected: readonly Rejected[]) {
    const reasons = rejected.map(({ name, why }) => `${name}: ${why}`).join('; ')
    super(`expected to start the backend ${wanted}, could not (${reasons}); name another one or install its package`)
    this.rejected = rejected
  }
}
