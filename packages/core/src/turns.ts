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

/** A long computation in short steps. Each step yields the part that is done, from 0 to 1; undefined where it has no news of that. */
export type Stepwise<A> = Generator<number | undefined, A, void>

/**
 * Does all steps of a computation at once.
 *
 * @example
 * ```ts
 * const sum = function* (): Stepwise<number> {
 *   yield 0.5
 *   return 1 + 2
 * }
 * expect(atOnce(sum())).toBe(3)
 * ```
 */
export const atOnce = <A>(work: Stepwise<A>): A => {
  for (;;) {
    const next = work.next()
    if (next.done === true) return next.value
  }
}

/** The options of {@link inTurns}. */
export interface InTurnsOptions {
  /** Ends the computation between two steps. */
  readonly signal?: AbortSignal
  /** Is told the part that is done, from 0 to 1. */
  readonly onPart?: (part: number) => void
}

/**
 * Does the steps of a computation and lets timers, signals and other work have their turn between them. The result has the same
 * bits as that of {@link atOnce}.
 *
 * Rejects with the reason of the signal once that aborts.
 */
export const inTurns = async <A>(work: Stepwise<A>, { signal, onPart }: InTurnsOptions = {}): Promise<A> => {
  const pause = turns()
  for (;;) {
    const next = work.next()
    if (next.done === true) return next.value
    if (next.value !== undefined) onPart?.(next.value)
    await pause()
    signal?.throwIfAborted()
  }
}

/** Does the steps of a computation as a part of a longer one, which begins at `from` and is `size` of it. */
export const asPart = function* <A>(work: Stepwise<A>, from: number, size: number): Stepwise<A> {
  for (;;) {
    const next = work.next()
    if (next.done === true) return next.value
    yield next.value === undefined ? undefined : from + size * next.value
  }
}
