import { getEnvironmentData, setEnvironmentData, SHARE_ENV, Worker as Thread } from 'node:worker_threads'

/** The name under which the backends of `@ptu/tensor` find the memory by which threads load libtensorflow one at a time. */
const turns = 'ptu: one at a time'

/**
 * Starts a thread that loads what training needs and then waits for its setup. It takes a while: open the first one before
 * anything else, and give it to {@link nodeTools} as `thread`.
 *
 * With a copy of the environment, settings made there for libtensorflow would not reach it.
 */
export const openThread = (): Thread => {
  if ((getEnvironmentData(turns) as unknown) === undefined) setEnvironmentData(turns, new SharedArrayBuffer(4))
  return new Thread(new URL('./thread.js', import.meta.url), { env: SHARE_ENV })
}
