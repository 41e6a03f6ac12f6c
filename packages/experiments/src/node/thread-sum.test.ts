import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Worker as Thread } from 'node:worker_threads'

import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { abandon, AbandonedError, renew, sumAmong, sumMemory } from './thread-sum.ts'

/** A thread that adds up what it is sent and answers with the sum, or with the name of the error. */
let program: URL
let open: readonly Thread[] = []

beforeAll(async () => {
  const source = await readFile(new URL('./thread-sum.ts', import.meta.url), 'utf8')
  const options = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 }
  const { outputText } = transpileModule(source, { compilerOptions: options })
  const serve = `
    import { parentPort, workerData } from 'node:worker_threads'
    const sum = sumAmong(workerData.memory, workerData.rank, workerData.count)
    parentPort.on('message', (values) => {
      try {
        sum(values)
        parentPort.postMessage(values)
      } catch (error) {
        parentPort.postMessage(error.name)
      }
    })`
  program = new URL(`data:text/javascript,${encodeURIComponent(outputText + serve)}`)
})
afterEach(() => Promise.all(open.map((thread) => thread.terminate())))

const threadsOn = (memory: SharedArrayBuffer, count: number): readonly Thread[] => {
  open = Array.from({ length: count }, (_, rank) => new Thread(program, { workerData: { memory, rank, count } }))
  return open
}

/** Sends a thread numbers and waits for what it answers. */
const answerOf = async (thread: Thread, values: Float32Array): Promise<unknown> => {
  const answer = once(thread, 'message')
  thread.postMessage(values)
  return ((await answer) as readonly unknown[])[0]
}

/** More numbers than are added up at a time. */
const length = 2 ** 18 + 5
const numbersOf = (rank: number, turn: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.fround(Math.sin(1 + i + 1e6 * rank + 1e3 * turn)) * 10 ** (rank * 4))

describe('a sum among threads', () => {
  it('is added in the order of the threads, with the same bits on all, time after time', async () => {
    const count = 3
    const threads = threadsOn(sumMemory(count), count)
    for (let turn = 0; turn < 2; turn++) {
      const given = threads.map((_, rank) => numbersOf(rank, turn))
      const [a, b, c] = given as [Float32Array, Float32Array, Float32Array]
      const wanted = a.map((x, i) => Math.fround(x + (b[i] ?? NaN)) + (c[i] ?? NaN))
      // The last thread is asked first.
      const late = threads.map((thread, rank) => ({ thread, values: given[rank] as Float32Array })).toReversed()
      const found = await Promise.all(late.map(({ thread, values }) => answerOf(thread, values)))
      for (const sum of found)
        expect(Buffer.from((sum as Float32Array).buffer).equals(Buffer.from(wanted.buffer))).toBe(true)
    }
  })

  it('ends for those who wait and those who come later when it is abandoned, and is as new afterwards', async () => {
    const memory = sumMemory(2)
    const [first, second] = threadsOn(memory, 2) as [Thread, Thread]
    const waiting = answerOf(first, numbersOf(0, 0))
    abandon(memory)
    expect([await waiting, await answerOf(second, numbersOf(1, 0))]).toEqual(['AbandonedError', 'AbandonedError'])
    renew(memory, 2)
    const both = [answerOf(first, Float32Array.of(1)), answerOf(second, Float32Array.of(2))]
    expect(await Promise.all(both)).toEqual([Float32Array.of(3), Float32Array.of(3)])
  })

  it('of one is what it gives', () => {
    const memory = sumMemory(1)
    const values = Float32Array.of(1, 2)
    sumAmong(memory, 0, 1)(values)
    expect(values).toEqual(Float32Array.of(1, 2))
    abandon(memory)
    expect(() => {
      sumAmong(memory, 0, 1)(values)
    }).toThrow(AbandonedError)
  })
})
