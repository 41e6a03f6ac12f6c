import type { Task } from 'fp-ts/lib/Task.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { load } from './backend/load.ts'
import type { BackendError, BackendName } from './backend/names.ts'
import { listWith, startWith, type Listed, type Started } from './backend/start.ts'

export { BackendError, backendNames, type BackendName, type Rejected, type Running } from './backend/names.ts'
export type { Checked, Listed, Started } from './backend/start.ts'

/**
 * Chooses and starts a backend of TensorFlow.js, checks one gradient on it and makes it the current one.
 *
 * `auto` takes the first of {@link backendNames} that is installed, starts, and computes the gradient right; WebGPU in
 * software is passed over. A backend asked for by name is started or refused, never replaced by another.
 * The native packages, `webgpu` and the WASM backend are optional: install those you want. They are looked for first in
 * the folder that the environment variable `PTU_BACKENDS` names. Of the two native packages a process can start one.
 *
 * A Left names each backend that was tried and why it was refused; the backend that was current before stays.
 *
 * @example
 * ```ts
 * const started = await useBackend('auto')()
 * if (E.isRight(started)) console.info(started.right.name, started.right.notes)
 * ```
 */
export const useBackend: (wanted: 'auto' | BackendName) => TaskEither<BackendError, Started> = startWith(load)

/** Tries every backend in turn and says which start and why others do not; the current backend stays. */
export const listBackends: Task<readonly Listed[]> = listWith(load)
