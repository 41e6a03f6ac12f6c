import { messageOf } from '@ptu/core'
import { useBackend, type BackendName } from '@ptu/tensor/backend'
import { getBackend, setBackend } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe } from 'vitest'

import type { Tolerance } from './matchers.ts'

/** A backend that a suite runs on. */
export interface TestedBackend {
  readonly name: BackendName
  /** How far values and gradients may be from PyTorch's in float64. */
  readonly tolerance: Required<Tolerance>
}

/** The backends that suites run on, and why their numbers may be how far from exact ones. */
const tested: readonly TestedBackend[] = [
  // float32 products summed in float64, then rounded: half a unit in the last place per operation
  { name: 'cpu', tolerance: { absolute: 1e-5, relative: 1e-5 } },
  // sums in float32 over some hundred terms; exp and tanh by polynomials
  { name: 'wasm', tolerance: { absolute: 2e-5, relative: 2e-5 } },
  // as wasm, with fused multiply-adds and sums in an order of the library's own
  { name: 'tensorflow', tolerance: { absolute: 2e-5, relative: 2e-5 } },
]

/** The name under which tfjs knows a backend that starts here, or why it does not start. */
const probe = async (name: BackendName): Promise<E.Either<string, string>> => {
  const outcome = await useBackend(name)()
  return E.isRight(outcome) ? E.right(getBackend()) : E.left(messageOf(outcome.left))
}

/**
 * Declares the same tests once for each backend that starts here and says in one line which were skipped and why.
 *
 * Await it at the top level of a test file: which backends start is known only after they were tried.
 */
export const describeOnBackends = async (name: string, suite: (backend: TestedBackend) => void): Promise<void> => {
  const skipped: string[] = []
  for (const backend of tested) {
    const started = await probe(backend.name)
    if (E.isLeft(started)) skipped.push(backend.name)
    else
      describe(`${name} on ${backend.name}`, () => {
        beforeAll(() => setBackend(started.right))
        afterAll(() => setBackend('cpu'))
        suite(backend)
      })
  }
  if (skipped.length > 0) process.stderr.write(`${name}: skipped on ${skipped.join(', ')}, which do not start here\n`)
}
