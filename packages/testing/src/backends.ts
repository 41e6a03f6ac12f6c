import { messageOf } from '@ptu/core'
import { useBackend, type BackendName } from '@ptu/tensor/backend'
import { getBackend, setBackend } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe } from 'vitest'

import type { Tolerance } from './matchers.ts'

/** A backend that a suite runs on. */
export interface TestedBackend {
  readonly name: BackendName
  /** The largest distance of values and gradients from PyTorch's in float64. */
  readonly tolerance: Required<Tolerance>
  /** True if one row's numbers are the same bits whatever rows are computed with it. */
  readonly rowsByThemselves: boolean
}

interface Member extends TestedBackend {
  /** True if tests may call `dataSync`. */
  readonly readsAtOnce: boolean
  /** True if suites run on it unless `PTU_TEST_BACKENDS` says otherwise. */
  readonly usual: boolean
}

const native = {
  // as wasm, with fused multiply-adds, and sums in an order of the library's own that depends on the size of the batch
  tolerance: { absolute: 2e-5, relative: 2e-5 },
  rowsByThemselves: false,
  readsAtOnce: true,
}

/** The backends that suites run on, and the reasons for their tolerances. */
const members: readonly Member[] = [
  {
    name: 'cpu',
    // float32 products summed in float64, then rounded: half a unit in the last place per operation
    tolerance: { absolute: 1e-5, relative: 1e-5 },
    rowsByThemselves: true,
    readsAtOnce: true,
    usual: true,
  },
  {
    name: 'wasm',
    // sums in float32 over some hundred terms; exp and tanh by polynomials
    tolerance: { absolute: 2e-5, relative: 2e-5 },
    rowsByThemselves: true,
    readsAtOnce: true,
    usual: true,
  },
  { name: 'tensorflow', ...native, usual: true },
  // a process holds one libtensorflow
  { name: 'tensorflow-gpu', ...native, usual: false },
  {
    name: 'webgpu',
    // sums in float32; shaders may compute exp, tanh and quotients to 3 units in the last place or worse (WGSL, 15.7.4)
    tolerance: { absolute: 1e-4, relative: 1e-4 },
    rowsByThemselves: true,
    // in Node tfjs needs a canvas for it; and in software it is too slow for a usual run
    readsAtOnce: false,
    usual: false,
  },
]

const chosen = process.env['PTU_TEST_BACKENDS']?.split(',')

/** The options of a suite. */
export interface SuiteOptions {
  /** Says that the suite never reads a tensor at once, so that it also runs where only `await tensor.data()` works. */
  readonly readsLater?: boolean
}

/** The backends that a suite runs on: those that are listed, else the usual ones, if it can read there. */
export const membersFor = (
  { readsLater = false }: SuiteOptions,
  listed: readonly string[] | undefined,
): readonly TestedBackend[] =>
  members.filter(({ name, usual, readsAtOnce }) => (listed?.includes(name) ?? usual) && (readsAtOnce || readsLater))

/** A line on the backends that a suite was skipped on; nothing if it ran on all. */
export const skippedLine = (name: string, skipped: readonly string[]): string =>
  skipped.length === 0 ? '' : `${name}: skipped on ${skipped.join(', ')}, which do not start here\n`

/** The name under which tfjs knows a backend that starts here, or why it does not start. */
const probe = async (name: BackendName): Promise<E.Either<string, string>> => {
  const outcome = await useBackend(name)()
  return E.isRight(outcome) ? E.right(getBackend()) : E.left(messageOf(outcome.left))
}

/**
 * Declares the same tests once for each backend that starts here and says in one line which were skipped and why.
 *
 * The backends are cpu, wasm and tensorflow, or those that the variable `PTU_TEST_BACKENDS` lists, with commas. A
 * listed backend that does not start is a failed test. Await it at the top level of a test file: only a trial tells
 * which backends start.
 */
export const describeOnBackends = async (
  name: string,
  suite: (backend: TestedBackend) => void,
  options: SuiteOptions = {},
): Promise<void> => {
  const skipped: string[] = []
  for (const backend of membersFor(options, chosen)) {
    const started = await probe(backend.name)
    if (E.isRight(started))
      describe(`${name} on ${backend.name}`, () => {
        beforeAll(() => setBackend(started.right))
        afterAll(() => setBackend('cpu'))
        suite(backend)
      })
    else if (chosen) throw new Error(started.left)
    else skipped.push(backend.name)
  }
  process.stderr.write(skippedLine(name, skipped))
}
