/** The numbers of one copy that are added up at a time. */
const chunk = 2 ** 18

/** The count of arrivals from which waiting has no end. */
const abandoned = 2 ** 30

/** The copies of a training that were told to end. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError'
}

/** Memory in which so many threads add up numbers. */
export const sumMemory = (count: number): SharedArrayBuffer =>
  new SharedArrayBuffer(4 * (1 + count) + 4 * 2 * count * chunk)

/** The places of a memory: the arrivals of all threads, the rounds of each, then two halves with a slot for each. */
const placesIn = (
  memory: SharedArrayBuffer,
  count: number,
): { readonly control: Int32Array; readonly slot: (half: number, rank: number) => Float32Array } => ({
  control: new Int32Array(memory, 0, 1 + count),
  slot: (half, rank) => new Float32Array(memory, 4 * (1 + count + (half * count + rank) * chunk), chunk),
})

/**
 * Makes the function by which thread `rank` of `count` adds up numbers with the others, in place: the sum in the order of the
 * ranks, so the same bits on all threads and in every run.
 *
 * It blocks until all have called it, for as many numbers. Throws `AbandonedError` after {@link abandon}.
 */
export const sumAmong = (memory: SharedArrayBuffer, rank: number, count: number): ((values: Float32Array) => void) => {
  const { control, slot } = placesIn(memory, count)
  return (values) => {
    for (let from = 0; from < values.length; from += chunk) {
      const part = values.subarray(from, from + chunk)
      const round = Atomics.add(control, 1 + rank, 1)
      // A thread is at most one round ahead of another that still reads, so two halves are enough.
      slot(round % 2, rank).set(part)
      awaitAll(control, count * (round + 1))
      if (count === 1) continue
      sumInto(part, slot(round % 2, 0), slot(round % 2, 1))
      for (let other = 2; other < count; other++) sumInto(part, part, slot(round % 2, other))
    }
  }
}

const sumInto = (sum: Float32Array, a: Float32Array, b: Float32Array): void => {
  const { length } = sum
  for (let i = 0; i < length; i++) sum[i] = (a[i] as number) + (b[i] as number)
}

/** Arrives, and blocks until so many have arrived in all rounds. */
const awaitAll = (control: Int32Array, target: number): void => {
  let arrived = Atomics.add(control, 0, 1) + 1
  if (arrived === target) Atomics.notify(control, 0)
  while (arrived < target) {
    Atomics.wait(control, 0, arrived)
    arrived = Atomics.load(control, 0)
  }
  if (arrived >= abandoned) throw new AbandonedError('another thread of this training ended')
}

/** Ends the waiting of all threads that add up numbers, now and later. */
export const abandon = (memory: SharedArrayBuffer): void => {
  const control = new Int32Array(memory, 0, 1)
  Atomics.add(control, 0, abandoned)
  Atomics.notify(control, 0)
}

/** Makes a memory as new; no thread may be waiting. */
export const renew = (memory: SharedArrayBuffer, count: number): void => {
  placesIn(memory, count).control.fill(0)
}
