/**
 * Makes a function to await in a loop: it gives timers, signals and other work their turn every `interval`
 * milliseconds.
 *
 * A resolved promise alone does not: a loop of them never lets an abort through.
 */
export const turns = (interval = 40): (() => Promise<void>) => {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < interval) return
    await new Promise((resolve) => setTimeout(resolve))
    last = performance.now()
  }
}
