import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key } from '@ptu/core'
import { dense, gru, lastStep, lstm, serial } from '@ptu/layers'
import { disposeSource, freeze, initBody, type Body } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { ptu, transfer, uniformPlan, type PtuOptions } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { encodeDataset } from '../src/encodings.ts'
import { fit } from '../src/fit.ts'
import { crossEntropy } from '../src/losses.ts'
import { start, type Objective } from '../src/step.ts'
import type { FitOptions } from '../src/train.ts'
import { asIs, blobs, numbersIn } from './blobs.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-recurrent-'))
})

afterAll(() => rm(folder, { recursive: true }))

const input = [2, 2]
const body: Body = [
  { name: 'memory', layer: lstm(3) },
  { name: 'last', layer: serial(gru(3), lastStep()) },
]
const mixes: readonly Required<Pick<PtuOptions, 'mix'>>[] = [
  { mix: 'pre' },
  { mix: { hidden: 'mixed', cell: true } },
  { mix: { hidden: 'pure' } },
]

it.each(mixes)(
  'a unit over recurrent layers, %o, that was interrupted ends with the bits of one that was not',
  async (mix) => {
    const source = freeze(body, initBody(body, key(1), input))
    const model = transfer(source, { blocks: uniformPlan(source, ptu(mix)), head: dense(3) })
    const objective: Objective = { model, loss: crossEntropy, optimizer: adam(0.01), average: { decay: 0.9 } }
    const data = await encodeDataset(model, { ...blobs(), shape: input }, asIs)
    const run = async (changes: Partial<FitOptions>): Promise<readonly (readonly number[])[] | undefined> => {
      const fresh = start(objective, key(0), input)
      const done = await fit(objective, { data, key: key(1), steps: 9, batchSize: 8, ...changes })(fresh)()
      if (E.isLeft(done)) return undefined
      const numbers = numbersIn(done.right.params)
      disposeParams(done.right.params)
      return numbers
    }
    const path = join(folder, `${JSON.stringify(mix).replaceAll(/\W/g, '')}.safetensors`)
    const controller = new AbortController()
    const onStep = (step: number): void => {
      if (step === 5) controller.abort()
    }
    expect(await run({ checkpoint: { path, every: 3 }, signal: controller.signal, onStep })).toBeUndefined()
    const resumed = await run({ checkpoint: { path, every: 3, resume: true } })
    expect(resumed).toBeDefined()
    expect(resumed).toEqual(await run({}))
    data.dispose()
    disposeSource(source)
  },
)
