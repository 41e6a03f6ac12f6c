import { messageOf } from '@ptu/core'
import { findBackendFactory, getBackend, setBackend, version_core } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { activate } from './activate.ts'
import { NotInstalledError, type Load } from './load.ts'
import {
  BackendError,
  backendNames,
  OccupiedError,
  type BackendName,
  type Rejected,
  type Running,
  type Starter,
} from './names.ts'
import { registerGradients } from './register-gradients.ts'
import { startTensorflow, startTensorflowGpu } from './native.ts'
import { selfCheck } from './self-check.ts'
import { startWasm } from './wasm.ts'
import { startWebgpu } from './webgpu.ts'

/** A backend that runs and computes a known gradient right. */
export interface Checked extends Running {
  readonly name: BackendName
  /** Largest relative error of the gradient it was checked with. */
  readonly selfCheck: number
}

/** The backend that was started, and those before it in the order that were not. */
export interface Started extends Checked {
  readonly rejected: readonly Rejected[]
}

/** A backend as `ptu doctor` lists it. */
export type Listed = (Checked & { readonly status: 'starts' }) | Rejected

const startCpu: Starter = async (load, asked) => {
  if ((findBackendFactory('cpu') as unknown) === null) await load('@tensorflow/tfjs-backend-cpu')
  await activate('cpu')
  const slow = 'cpu is plain JavaScript, by far the slowest backend; install @tensorflow/tfjs-backend-wasm'
  return { version: version_core, notes: asked ? [slow] : [], warnings: asked ? [] : [slow] }
}

const starters: Readonly<Record<BackendName, Starter>> = {
  'tensorflow-gpu': startTensorflowGpu,
  tensorflow: startTensorflow,
  webgpu: startWebgpu,
  wasm: startWasm,
  cpu: startCpu,
}

const statusOf = (cause: unknown): Rejected['status'] => {
  if (cause instanceof NotInstalledError) return 'not installed'
  return cause instanceof OccupiedError ? 'not tried' : 'failed'
}

/** Starts and checks one backend. A Left leaves the backend that was current before. */
const attempt = async (load: Load, name: BackendName, asked: boolean): Promise<E.Either<Rejected, Checked>> => {
  let before: string | undefined
  try {
    await registerGradients(load)
    before = getBackend()
    const running = await starters[name](load, asked)
    return E.right({ name, ...running, selfCheck: await selfCheck() })
  } catch (cause) {
    if (before) await setBackend(before)
    return E.left({ name, status: statusOf(cause), why: messageOf(cause) })
  }
}

/** {@link useBackend} with the packages that `load` finds. */
export const startWith =
  (load: Load) =>
  (wanted: 'auto' | BackendName): TaskEither<BackendError, Started> =>
  async () => {
    const rejected: Rejected[] = []
    for (const name of wanted === 'auto' ? backendNames : [wanted]) {
      const outcome = await attempt(load, name, wanted !== 'auto')
      if (E.isRight(outcome)) return E.right({ ...outcome.right, rejected })
      rejected.push(outcome.left)
    }
    return E.left(new BackendError(wanted, rejected))
  }

/** {@link listBackends} with the packages that `load` finds. */
export const listWith = (load: Load) => async (): Promise<readonly Listed[]> => {
  const before = getBackend()
  const listed: Listed[] = []
  for (const name of backendNames) {
    const outcome = await attempt(load, name, true)
    listed.push(E.isRight(outcome) ? { ...outcome.right, status: 'starts' } : outcome.left)
  }
  if (before) await setBackend(before)
  return listed
}
