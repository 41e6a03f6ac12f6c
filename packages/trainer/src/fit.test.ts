import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key } from '@ptu/core'
import { dense, dropout, infer, relu, serial, type Layer, type StagedLayer } from '@ptu/layers'
import { adam, sgd } from '@ptu/optim'
import { disposeParams, FileError, saveParams, scope } from '@ptu/tensor'
import { memory, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { asIs, blobs, numbersIn } from '../tests/blobs.ts'
import { encodeDataset, encodeEachBatch } from './encodings.ts'
import { AbortedError, CheckpointError, DivergedError, type TrainError } from './errors.ts'
import { evaluateSource } from './evaluate.ts'
import { fit, type FitResult } from './fit.ts'
import { crossEntropy } from './losses.ts'
import { start, type Objective } from './step.ts'
import { pauseAfter, type FitOptions } from './train.ts'

const model = serial(dense(8), relu, dropout(0.3), dense(3))
const objective: Objective = { model, loss: crossEntropy, optimizer: adam(0.01), average: { decay: 0.9 } }
const data = encodeEachBatch(model, blobs(), asIs)
const options: FitOptions = { data, key: key(1), steps: 20, batchSize: 8 }

const run = (changes: Partial<FitOptions> = {}, from = objective): Promise<E.Either<TrainError, FitResult>> =>
  fit(from, { ...options, ...changes })(start(from, key(0), [4]))()

const right = <A>(either: E.Either<TrainError, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

const left = (either: E.Either<TrainError, unknown>): TrainError => {
  if (E.isRight(either)) throw new Error('expected a Left')
  return either.left
}

/** A result as plain numbers, its tensors freed. */
const settled = ({ params, ...rest }: FitResult): unknown => {
  const numbers = numbersIn(params)
  disposeParams(params)
  return { ...rest, numbers }
}

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-fit-'))
})

afterAll(() => rm(folder, { recursive: true }))

describe('fit', () => {
  it('learns, and gives the same bits for the same keys', async () => {
    const first = right(await run({ steps: 150 }))
    expect(first.losses).toHaveLength(150)
    const { accuracy } = await evaluateSource(model, first.params, data)
    expect(accuracy).toBeGreaterThan(0.9)
    expect(settled(right(await run({ steps: 150 })))).toEqual(settled(first))
  })

  it('depends on the key of the data', async () => {
    expect(settled(right(await run({ key: key(2) })))).not.toEqual(settled(right(await run())))
  })

  it('gives the same bits from kept encodings', async () => {
    const kept = await encodeDataset(model, blobs(), asIs, { chunk: 7 })
    expect(settled(right(await run({ data: kept })))).toEqual(settled(right(await run())))
    kept.dispose()
  })

  it('trains a staged model on encodings to the bits of the same model as one layer', async () => {
    const [frozen, head] = [serial(dense(8), relu), serial(dropout(0.3), dense(3))]
    const source = frozen.init(key(9), [4])
    const encode = (x: Tensor): Tensor => frozen.apply(source, x, infer)
    const whole: Layer = {
      ...head,
      init: (from) => head.init(from, [8]),
      apply: (params, x, mode) => scope(() => head.apply(params as never, encode(x), mode)),
    }
    const twoStages: StagedLayer = {
      ...whole,
      encode,
      decode: (params, x, mode) => head.apply(params as never, x as Tensor, mode),
    }
    const kept = await encodeDataset(twoStages, blobs(), asIs)
    const inStages = right(await run({ data: kept }, { ...objective, model: twoStages }))
    const asOne = right(await run({}, { ...objective, model: whole }))
    expect(settled(inStages)).toEqual(settled(asOne))
    kept.dispose()
    disposeParams(source)
  })

  it('holds as many tensors at step 200 as at step 20', async () => {
    const tensors: number[] = []
    settled(right(await run({ steps: 200, onStep: () => tensors.push(memory().numTensors) })))
    expect(tensors[199]).toBe(tensors[19])
  })

  it('returns the averaged parameters where there is an average, else the last', async () => {
    const { model, loss, optimizer } = objective
    const plain = { model, loss, optimizer }
    expect(settled(right(await run({}, plain)))).not.toEqual(settled(right(await run())))
    // With decay 0 the average is the last parameters.
    const zero = settled(right(await run({}, { ...objective, average: { decay: 0 } }))) as { numbers: number[][] }
    const last = settled(right(await run({}, plain))) as { numbers: number[][] }
    zero.numbers.forEach((leaf, i) => {
      expect(leaf).toBeAllClose(last.numbers[i] ?? [])
    })
  })

  it('refuses numbers that are no positive integers', async () => {
    const fresh = start(objective, key(0), [4])
    await expect(fit(objective, { ...options, steps: 0 })(fresh)()).rejects.toThrow('steps to be a positive integer')
    await expect(fit(objective, { ...options, batchSize: 1.5 })(fresh)()).rejects.toThrow('batchSize')
    disposeParams([fresh.params, fresh.optimizer, fresh.average])
  })
})

describe('validation', () => {
  const held = encodeEachBatch(model, blobs(10, key(5), 0.8), asIs)

  it('changes nothing without patience', async () => {
    const { validations, ...plain } = right(await run({ validation: { data: held, every: 5 } }))
    expect(validations.map(({ step }) => step)).toEqual([5, 10, 15, 20])
    expect(settled({ ...plain, validations: [] })).toEqual(settled(right(await run())))
  })

  it('judges the averaged parameters where there is an average', async () => {
    const validation = { data: held, every: 20 }
    const averaged = right(await run({ validation }))
    const { model, loss, optimizer } = objective
    const raw = right(await run({ validation }, { model, loss, optimizer }))
    const [ofAverage, ofLast] = [
      await evaluateSource(model, averaged.params, held),
      await evaluateSource(model, raw.params, held),
    ]
    expect(averaged.validations).toEqual([{ step: 20, loss: ofAverage.loss, accuracy: ofAverage.accuracy }])
    expect(ofAverage.loss).not.toBe(ofLast.loss)
    settled(averaged)
    settled(raw)
  })

  it('with patience ends the run and restores the best parameters', async () => {
    // A rate this high makes the validation loss rise sooner or later.
    const rough: Objective = { model, loss: crossEntropy, optimizer: sgd(2) }
    const result = right(await run({ steps: 500, validation: { data: held, every: 3, patience: 4 } }, rough))
    const best = result.validations.reduce((a, b) => (b.loss < a.loss ? b : a))
    expect(result.losses.length).toBe(best.step + 4 * 3)
    expect(result.step).toBe(best.step)
    const again = await evaluateSource(model, result.params, held)
    expect(again.loss).toBe(best.loss)
    settled(result)
  })
})

describe('an abort', () => {
  it('ends the run at the step and frees its tensors', async () => {
    const controller = new AbortController()
    const onStep = (step: number): void => {
      if (step === 7) controller.abort()
    }
    const error = left(await run({ signal: controller.signal, onStep }))
    expect(error).toBeInstanceOf(AbortedError)
    expect(error.message).toBe('aborted after 7 of 20 steps; nothing was saved')
  })

  it('from a timer is seen, as the run gives timers their turn', async () => {
    const controller = new AbortController()
    setTimeout(() => {
      controller.abort()
    })
    expect(left(await run({ signal: controller.signal, steps: 1e9 }))).toBeInstanceOf(AbortedError)
  })
})

describe('a run that diverges', () => {
  it('is a Left that names the step, and its tensors are freed', async () => {
    const error = left(await run({ steps: 50 }, { ...objective, optimizer: sgd(1e30) }))
    expect(error).toBeInstanceOf(DivergedError)
    expect(error.message).toMatch(/^the loss is (NaN|Infinity) at step \d+: lower the learning rate/)
  })

  it('keeps the last checkpoint of finite numbers', async () => {
    const path = join(folder, 'diverged.safetensors')
    const stopped = left(
      await run(
        { steps: 4, checkpoint: { path, every: 1 } },
        { ...objective, optimizer: sgd((step) => (step < 2 ? 0.1 : 1e38)) },
      ),
    )
    expect(stopped.message).toContain(`the last good checkpoint is kept in ${path}`)
    expect((stopped as DivergedError).step).toBeGreaterThanOrEqual(3)
    const resumed = right(
      await run({ steps: 4, checkpoint: { path, every: 1, resume: true } }, { ...objective, optimizer: sgd(0.1) }),
    )
    expect(resumed.losses.every(Number.isFinite)).toBe(true)
    settled(resumed)
  })
})

describe('a run that diverges before it was saved', () => {
  it('names no checkpoint', async () => {
    const path = join(folder, 'never.safetensors')
    const error = left(await run({ checkpoint: { path, every: 19 } }, { ...objective, optimizer: sgd(1e30) }))
    expect(error.message).not.toContain('checkpoint')
  })
})

describe('a checkpoint', () => {
  const interrupted = async (path: string, changes: Partial<FitOptions> = {}, from = objective): Promise<FitResult> => {
    const controller = new AbortController()
    const onStep = (step: number): void => {
      if (step === 7) controller.abort()
    }
    const stopped = left(
      await run({ ...changes, checkpoint: { path, every: 5 }, signal: controller.signal, onStep }, from),
    )
    expect(stopped.message).toBe(`aborted after 7 of 20 steps; resume it from ${path}`)
    return right(await run({ ...changes, checkpoint: { path, every: 5, resume: true } }, from))
  }

  it('lets an interrupted run end with the bits of one that was not', async () => {
    const resumed = await interrupted(join(folder, 'a.safetensors'))
    expect(settled(resumed)).toEqual(settled(right(await run())))
  })

  it('keeps validations and best parameters', async () => {
    const validation = { data: encodeEachBatch(model, blobs(10, key(5), 0.8), asIs), every: 2, patience: 3 }
    const rough: Objective = { ...objective, optimizer: adam(0.3) }
    const resumed = await interrupted(join(folder, 'b.safetensors'), { validation }, rough)
    expect(settled(resumed)).toEqual(settled(right(await run({ validation }, rough))))
  })

  it('of a run that was killed is continued from the last save', async () => {
    const path = join(folder, 'c.safetensors')
    const done = settled(right(await run({ checkpoint: { path, every: 5 } })))
    const later = settled(right(await run({ checkpoint: { path, every: 5, resume: true } })))
    expect(later).toEqual(done)
  })

  it('is not written before its seconds have passed, except at an abort', async () => {
    const path = join(folder, 'late.safetensors')
    const checkpoint = { path, every: 5, seconds: 1e6 }
    settled(right(await run({ checkpoint })))
    expect(existsSync(path)).toBe(false)
    const controller = new AbortController()
    const onStep = (step: number): void => {
      if (step === 7) controller.abort()
    }
    left(await run({ checkpoint, signal: controller.signal, onStep }))
    expect(existsSync(path)).toBe(true)
    const steps: number[] = []
    settled(right(await run({ checkpoint: { ...checkpoint, resume: true }, onStep: (step) => steps.push(step) })))
    expect(steps[0]).toBe(8)
  })

  it('costs nothing before its seconds have passed', async () => {
    let asked = 0
    const loss: Objective['loss'] = (...given) => (asked++, crossEntropy(...given))
    const checkpoint = { path: join(folder, 'cost.safetensors'), every: 1, seconds: 1e6 }
    settled(right(await run({ steps: 5, checkpoint }, { ...objective, loss })))
    expect(asked).toBe(5 + 1)
  })

  it('is written as soon as its seconds have passed, whatever the number of steps', async () => {
    const path = join(folder, 'timed.safetensors')
    let now = 10_000
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const seen: boolean[] = []
    const onStep = (): void => {
      now += 300
      seen.push(existsSync(path))
    }
    const trained = await run({ steps: 4, checkpoint: { path, every: 1, seconds: 0.5 }, onStep })
    vi.restoreAllMocks()
    settled(right(trained))
    expect(seen).toEqual([false, false, true, true])
  })

  it('is written so rarely that saving takes at most a tenth of the time', () => {
    expect([pauseAfter(10, 0.5), pauseAfter(100, 0.5), pauseAfter(100, undefined)]).toEqual([500, 900, 0])
  })

  it.each(['damaged', 'of another run'])('that is %s is passed over where that is asked for', async (what) => {
    const path = join(folder, `${what}.safetensors`)
    settled(right(await run({ ...(what === 'damaged' ? {} : { key: key(3) }), checkpoint: { path, every: 5 } })))
    if (what === 'damaged') await writeFile(path, 'x')
    const reasons: string[] = []
    const checkpoint = { path, every: 5, resume: true, onUnusable: ({ name }: Error) => reasons.push(name) }
    expect(settled(right(await run({ checkpoint })))).toEqual(settled(right(await run())))
    expect(reasons).toEqual([what === 'damaged' ? 'CorruptFileError' : 'CheckpointError'])
  })

  it('that does not exist begins the run anew', async () => {
    const path = join(folder, 'none', 'd.safetensors')
    expect(settled(right(await run({ checkpoint: { path, every: 50, resume: true } })))).toEqual(
      settled(right(await run())),
    )
  })

  it.each([
    ['other steps', { steps: 30 }, objective, 'steps is 20 there and 30 here'],
    ['another key', { key: key(3) }, objective, 'key is '],
    [
      'another optimizer',
      {},
      { ...objective, optimizer: sgd(0.1) },
      'the tensor optimizer.mean.0.kernel is float32 [4, 8] there and absent here',
    ],
    ['another average', {}, { ...objective, average: { decay: 0.5 } }, 'average is 0.9 there and 0.5 here'],
  ] as const)('of %s is refused by what differs', async (_name, changes, from, message) => {
    const path = join(folder, 'e.safetensors')
    settled(right(await run({ checkpoint: { path, every: 20 } })))
    const error = left(await run({ ...changes, checkpoint: { path, every: 20, resume: true } }, from))
    expect(error).toBeInstanceOf(CheckpointError)
    expect(error.message).toContain(message)
  })

  it('of another model is refused', async () => {
    const path = join(folder, 'f.safetensors')
    settled(right(await run({ checkpoint: { path, every: 20 } })))
    const wider = { ...objective, model: serial(dense(9), relu, dropout(0.3), dense(3)) }
    const error = left(await run({ checkpoint: { path, every: 20, resume: true } }, wider))
    expect(error.message).toContain('model is {"type":"serial"')
    expect(error.message).toContain('the tensor params.0.kernel is float32 [4, 8] there and float32 [4, 9] here')
  })

  it('of other settings of the caller is refused', async () => {
    const path = join(folder, 'g.safetensors')
    settled(right(await run({ checkpoint: { path, every: 20, settings: { rate: '0.01' } } })))
    const error = left(await run({ checkpoint: { path, every: 20, resume: true, settings: { rate: '0.02' } } }))
    expect(error.message).toContain('rate is 0.01 there and 0.02 here')
  })

  it('shows the first 120 characters of a setting that is longer', async () => {
    const path = join(folder, 'long.safetensors')
    const settings = { whole: 'w'.repeat(120), cut: 'c'.repeat(121) }
    settled(right(await run({ checkpoint: { path, every: 20, settings } })))
    const error = left(await run({ checkpoint: { path, every: 20, resume: true } }))
    expect(error.message).toContain(`whole is ${'w'.repeat(120)} there and absent here`)
    expect(error.message).toContain(`cut is ${'c'.repeat(120)}… there and absent here`)
  })

  it('tells settings apart that are called what records inherit', async () => {
    const path = join(folder, 'names.safetensors')
    settled(right(await run({ checkpoint: { path, every: 20 } })))
    const settings = { constructor: 'a' } as unknown as Readonly<Record<string, string>>
    const error = left(await run({ checkpoint: { path, every: 20, resume: true, settings } }))
    expect(error.message).toContain('constructor is absent there and a here')
  })

  it('without texts for its settings is no checkpoint', async () => {
    const path = join(folder, 'settings.safetensors')
    for (const settings of ['{"steps":"20","batchSize":8}', '[]', 'no JSON']) {
      expect(await saveParams(path, [], { kind: 'checkpoint', settings, validations: '[]' })()).toEqual(
        E.right(undefined),
      )
      const error = left(await run({ checkpoint: { path, every: 20, resume: true } }))
      expect(error.message).toContain('it is not a checkpoint of a run')
    }
  })

  it('that was damaged is refused', async () => {
    const path = join(folder, 'h.safetensors')
    settled(right(await run({ checkpoint: { path, every: 20 } })))
    const bytes = await readFile(path)
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1
    await writeFile(path, bytes)
    const error = left(await run({ checkpoint: { path, every: 20, resume: true } }))
    expect(error.name).toBe('CorruptFileError')
    expect(error.message).toContain('its checksum does not match')
  })

  it('in a place that cannot be written ends the run with the reason', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    const error = left(await run({ checkpoint: { path: join(file, 'x.safetensors'), every: 5 } }))
    expect(error).toBeInstanceOf(FileError)
  })
})
