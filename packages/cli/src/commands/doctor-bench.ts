import { cpus, loadavg } from 'node:os'

import type { Json } from '@ptu/core'
import { RunError, showing, type ExperimentError } from '@ptu/experiments'
import { startBackend } from '@ptu/experiments/node'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { kernelWorks } from '../bench/kernel-work.ts'
import { copyWork, instructionsHere, peakWork } from '../bench/peak.ts'
import type { Instructions } from '../bench/peak-module.ts'
import { bestRate, type Work } from '../bench/rate.ts'
import type { Env } from '../env.ts'
import { table } from '../table.ts'
import { versions } from '../versions.ts'

/** The rate of one kernel on one thread, and the most that the machine gives. */
interface Measured {
  readonly name: string
  readonly unit: 'GFLOP/s' | 'GB/s'
  readonly rate: number
  readonly limit: number
  /** The rate as a part of the limit. */
  readonly share: number
}

/** Seconds for each measurement; all of them, and the start of the backend, take less than ten. */
const secondsEach = 0.7

const units = { compute: 'GFLOP/s', memory: 'GB/s' } as const

const words: Readonly<Record<Instructions, string>> = {
  simd: 'SIMD of 128 bits, products and sums apart',
  relaxed: 'SIMD of 128 bits, products and sums fused',
}

/** A load from which on rates are not those of the machine: this command itself is a load of one. */
const busy = 2

/** Measures the training kernels of WASM on one thread, against the most that the machine computes and copies. */
export const benchCommand =
  (seconds: number = secondsEach): Command =>
  (env) => {
    const found = instructionsHere()
    if (found === undefined) return TE.left(new RunError('this Node has no SIMD in WebAssembly; take Node 20 or newer'))
    return pipe(
      startBackend('wasm'),
      TE.flatMap(() =>
        showing<ExperimentError, Answer>(env.progress, 'measuring', (tell) =>
          TE.fromTask(async () => answerOf(env, found, await measure(found, seconds, env.now, tell))),
        ),
      ),
    )
  }

/** The most that one thread computes and copies, in 10⁹ operations or bytes a second, and the rates of the kernels. */
interface Bench {
  readonly compute: number
  readonly memory: number
  readonly kernels: readonly Measured[]
}

/** Lets what waits run, such as a Ctrl-C, before a piece of work that nothing can interrupt. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const measure = async (
  instructions: Instructions,
  seconds: number,
  now: () => number,
  tell: (done: number, total: number) => void,
): Promise<Bench> => {
  const works = kernelWorks()
  const total = works.length + 2
  let done = 0
  const rateOf = async (work: Work): Promise<number> => {
    await turn()
    const rate = bestRate(work, seconds, now)
    tell(++done, total)
    return rate
  }
  try {
    const limits = { compute: await rateOf(peakWork(instructions)), memory: await rateOf(copyWork()) }
    const kernels: Measured[] = []
    for (const work of works) {
      const [rate, limit] = [await rateOf(work), limits[work.limit]]
      kernels.push({ name: work.name, unit: units[work.limit], rate, limit, share: rate / limit })
    }
    return { ...limits, kernels }
  } finally {
    for (const { free } of works) free()
  }
}

const answerOf = (env: Env, instructions: Instructions, { compute, memory, kernels }: Bench): Answer => {
  const [{ model } = { model: 'unknown' }] = cpus()
  const load = loadavg()[0] ?? 0
  return {
    text: [
      `${model}, ${env.cores} cores, load ${load.toFixed(1)}, Node ${versions.node}, kernels of ptu ${versions.ptu}`,
      `one thread: at most ${compute.toFixed(1)} GFLOP/s with ${words[instructions]}, ${memory.toFixed(1)} GB/s copied`,
      '',
      table(
        ['work', 'rate', 'unit', '% of the limit'],
        kernels.map(({ name, rate, unit, share }) => [name, rate.toFixed(1), unit, (100 * share).toFixed(0)]),
      ),
      '',
      "operations are those of the definition: 3×3 convolutions by Winograd's method do with fewer and may pass 100 %",
      ...(load > busy ? ['other programs keep this machine busy: repeat it when it is idle'] : []),
    ].join('\n'),
    json: {
      ...{ versions: { ...versions }, platform: `${process.platform} ${process.arch}`, model, cores: env.cores, load },
      ...{ instructions, compute, memory },
      kernels: kernels.map((each) => ({ ...each })) as readonly Json[],
    },
  }
}
