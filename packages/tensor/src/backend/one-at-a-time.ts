/** The name of the memory that threads share, four bytes in the environment data of Node; `openThread` of `@ptu/experiments/early` puts it there. */
const memory = 'ptu: one at a time'

/** The longest wait for another thread, in milliseconds: one that was stopped in its turn never ends it. */
const patience = 60_000

/** Does something while no other thread of this process does; threads that share no memory are not waited for. */
export const oneAtATime = async <A>(action: () => Promise<A>): Promise<A> => {
  const { getEnvironmentData } = await import('node:worker_threads')
  const shared = getEnvironmentData(memory)
  if (!(shared instanceof SharedArrayBuffer)) return action()
  const lock = new Int32Array(shared)
  const until = performance.now() + patience
  while (Atomics.compareExchange(lock, 0, 0, 1) !== 0 && performance.now() < until) Atomics.wait(lock, 0, 1, 1000)
  try {
    return await action()
  } finally {
    Atomics.store(lock, 0, 0)
    Atomics.notify(lock, 0)
  }
}
