import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

/**
 * Does every piece of work with as many workers as there are, in the order given, and returns the results in that
 * order.
 *
 * After the first Left no new work is begun; the Left is returned when the work under way has ended.
 */
export const inParallel =
  <W, J, E, A>(
    workers: readonly W[],
    jobs: readonly J[],
    perform: (worker: W, job: J) => TaskEither<E, A>,
  ): TaskEither<E, readonly A[]> =>
  async () => {
    const results: A[] = []
    const failures: E[] = []
    let next = 0
    const work = async (worker: W): Promise<void> => {
      while (failures.length === 0 && next < jobs.length) {
        const at = next++
        const result = await perform(worker, jobs[at] as J)()
        if (E.isLeft(result)) failures.push(result.left)
        else results[at] = result.right
      }
    }
    await Promise.all(workers.map(work))
    const [first] = failures
    return first === undefined ? E.right(results) : E.left(first)
  }
