import type { IAsyncProperty } from 'fast-check'

const usualRuns = 100
const times = 20
const longest = 5000

/** The time for which a property is tried on new inputs. */
export interface FreshRuns {
  readonly seed: number
  readonly numRuns: number
  /** In milliseconds. */
  readonly interruptAfterTimeLimit: number
}

/** The runs of a property on new inputs: twenty times as many as its test names, or as usual, for at most 5 s. */
export const freshRuns = (seed: number, named: number = usualRuns): FreshRuns => ({
  seed,
  numRuns: named * times,
  interruptAfterTimeLimit: longest,
})

/**
 * Tries a property and waits for the run that a time limit interrupts: it would go on during the next test, with the tensors
 * that it holds.
 */
export const untilSettled = async <A>(
  property: IAsyncProperty<A>,
  assert: (property: IAsyncProperty<A>) => Promise<void>,
): Promise<void> => {
  let running: Promise<unknown> = Promise.resolve()
  const run: IAsyncProperty<A>['run'] = (...inputs) => {
    const result = property.run(...inputs)
    running = result.catch(() => undefined)
    return result
  }
  await assert(Object.assign(Object.create(property) as IAsyncProperty<A>, { run })).finally(() => running)
}
