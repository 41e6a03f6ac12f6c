import { key } from '@ptu/core'
import { initBody } from '@ptu/networks'
import { disposeParams, mapParams, scope, type ParamTree } from '@ptu/tensor'
import { zerosLike } from '@tensorflow/tfjs-core'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'

import { colours, rightOf, smallBody, smallComparison, smallInput } from '../../tests/small-network.ts'
import { builtInMethods } from '../methods/built-in.ts'
import { portable, type PortableNetwork } from '../sources/portable-network.ts'
import { runner } from './runner.ts'
import { memoryStore } from './store.ts'
import type { Worker } from './worker.ts'

/** A network whose last block gives nothing. */
const silentNetwork = async (): Promise<PortableNetwork> => {
  const params = scope(() => {
    const made = initBody(smallBody, key(0), smallInput.shape)
    return [...made.slice(0, -1), mapParams<ParamTree>(made.at(-1) ?? [], zerosLike)]
  })
  const network = await portable(smallBody, params, smallInput)
  disposeParams(params)
  return network
}

const opened = (told: string[]): Worker =>
  runner({
    ...{ backend: 'cpu', bodies: [], features: undefined, signal: new AbortController().signal },
    store: memoryStore(),
    startBackend: (name) => TE.right({ name, warnings: ['slow'] }),
    methods: () => TE.right(builtInMethods),
    warn: (text) => told.push(text),
  })

const train = colours(3, 6)
const quiet = (): void => undefined
const silence = expect.stringContaining('block three of the source is silent') as unknown

describe('a worker', () => {
  const held = { depth: null, rate: 3e-3 }

  it('says once that a block of the source is silent, however many jobs rescale it', async () => {
    const told: string[] = []
    const worker = opened(told)
    const comparison = smallComparison(await silentNetwork(), train, { rescales: true, steps: 1 })
    for (const seed of [0, 1]) rightOf(await worker.run(comparison, { seed, method: 'ptu', held }, quiet)())
    expect(told).toEqual(['slow', silence])
    worker.close()
  })

  it('says so as well where a method is fitted and where a source is weighed', async () => {
    const network = await silentNetwork()
    const comparison = smallComparison(network, train, { rescales: true, steps: 1 })
    const all = { name: 'a', comparison, method: 'ptu', held, seed: 0, train: null, predict: null, keeps: false }
    const request = { network, labelled: train, rescales: true, zeroHead: true, rate: 3e-3, batch: 8, seed: 0 }
    const uses: readonly ((worker: Worker) => Promise<unknown>)[] = [
      async (worker) => rightOf(await worker.fit(all, quiet)()),
      async (worker) => rightOf(await worker.weigh({ ...request, measures: false }, quiet)()),
    ]
    for (const use of uses) {
      const told: string[] = []
      await use(opened(told))
      expect(told).toEqual(['slow', silence])
    }
  })

  it('says nothing of a source that is not rescaled', async () => {
    const told: string[] = []
    const worker = opened(told)
    const comparison = smallComparison(await silentNetwork(), train, { steps: 1 })
    rightOf(await worker.run(comparison, { seed: 0, method: 'ptu', held }, quiet)())
    expect(told).toEqual(['slow'])
    worker.close()
  })
})
