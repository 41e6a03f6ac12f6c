import { trainConfig, type TrainConfig } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { trainCommandLine } from './train-report-command.ts'

const config = (fields: object): TrainConfig => {
  const decoded = trainConfig({ data: 'photos', ...fields }, [])
  if (E.isLeft(decoded)) throw new Error(JSON.stringify(decoded.left))
  return decoded.right
}

describe('the command that repeats a training', () => {
  it('names what was not asked for too', () => {
    expect(trainCommandLine(config({}))).toBe(
      'npx ptu train photos --model mobilenet_v2 --minutes 10 --seed 0 --backend auto --out my-model',
    )
  })

  it('names every option that was given', () => {
    const given = {
      ...{ model: 'net.pth', input: '96x64', freeze: 3, minutes: 2.5, test: 'held', method: 'probe', ensemble: true },
      ...{ range: '0..1', balance: true, augment: ['flip', 'crop'] },
      ...{ strict: true, steps: 7, batch: 8, seed: 4, backend: 'wasm', workers: 2, out: 'made' },
    }
    expect(trainCommandLine(config(given))).toBe(
      'npx ptu train photos --model net.pth --input 96x64 --freeze 3 --range 0..1 --minutes 2.5 --test held ' +
        '--method probe --balance --augment flip,crop --ensemble --strict --steps 7 --batch 8 --seed 4 --backend wasm --workers 2 --out made',
    )
  })

  it('says that nothing is changed where that was asked for', () => {
    expect(trainCommandLine(config({ augment: ['none'] }))).toContain(' --augment none ')
    for (const augment of [['none', 'flip'], ['flip', 'flip'], ['turn'], []])
      expect(E.isLeft(trainConfig({ data: 'photos', augment }, []))).toBe(true)
  })

  it('says that the classes of an earlier training are dropped', () => {
    expect(trainCommandLine(config({ model: 'mine', forget: true }))).toContain('--model mine --forget ')
  })

  it('quotes what a shell would read otherwise', () => {
    const line = trainCommandLine(config({ data: "my $(rm) 'pets'", out: '-x' }))
    expect(line).toContain(`train 'my $(rm) '\\''pets'\\''' --model`)
    expect(line).toContain('--out ./-x')
  })
})
