/**
 * Lets at most `count` pieces of work run at the same time; others wait for their turn.
 *
 * @example
 * ```ts
 * const limited = atMost(2)
 * expect(await Promise.all([1, 2, 3].map((n) => limited(() => Promise.resolve(n))))).toEqual([1, 2, 3])
 * ```
 */
export const atMost = (count: number): (<A>(work: () => Promise<A>) => Promise<A>) => {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
