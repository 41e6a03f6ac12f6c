import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { normals, key } from '@ptu/core'
import { fewShot } from '@ptu/data'
import { encode } from 'fast-png'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { colourPixels, messageIn, rightOf, smallNetwork } from '../../tests/small-network.ts'
import { nodeTools } from '../node/node-tools.ts'
import type { Tools } from '../run/experiment.ts'
import type { WeighRequest } from '../run/weigh.ts'
import type { Executor } from '../run/worker.ts'
import { sourceKinds } from '../sources/kinds.ts'
import { openedSource } from '../sources/opened-source.ts'
import { keysOf } from '../tasks/few-shot-task.ts'
import { loadTask } from '../tasks/task-data.ts'
import type { Advice } from './advice.ts'
import { advise } from './advise.ts'
import type { AdviseSpec } from './advise-spec.ts'

let folder = ''
let tools: Tools

const names = ['red', 'green', 'blue']

/** Images in a folder for each class; of a part for testing, those of other colours if asked for. */
const writeImages = async (part: string, perClass: number, shift = 0): Promise<void> => {
  for (const [label, name] of names.entries()) {
    await mkdir(join(folder, part, name), { recursive: true })
    for (let i = 0; i < perClass; i++) {
      const data = colourPixels((label + shift) % 3, 100 * label + i + 7000 * shift, 30)
      await writeFile(join(folder, part, name, `${i}.png`), encode({ width: 8, height: 8, channels: 3, data }))
    }
  }
}

/** Points around centres, as a table. */
const csv = (seed: number, classes: readonly string[], perClass: number): string => {
  const numbers = normals(key(seed), classes.length * (6 + 6 * perClass))
  const rows = classes.flatMap((name, c) =>
    Array.from({ length: perClass }, (_, i) => {
      const at = (j: number): number =>
        (numbers[6 * c + j] ?? 0) + 0.6 * (numbers[6 * (classes.length + c * perClass + i) + j] ?? 0)
      return [...Array.from({ length: 6 }, (_unused, j) => at(j).toFixed(4)), name].join(',')
    }),
  )
  return ['a,b,c,d,e,f,kind', ...rows, ''].join('\n')
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-advise-'))
  await writeImages('photos/train', 6)
  await writeImages('photos/test', 3)
  await writeFile(join(folder, 'from.csv'), csv(1, ['ant', 'bee', 'cat'], 60))
  await writeFile(join(folder, 'to.csv'), csv(5, ['dog', 'eel'], 100))
  const network = await smallNetwork()
  const opened = openedSource((path) => TE.right({ name: path, title: path, network, parameters: 1000 }))
  const made = rightOf(await nodeTools({ folder: join(folder, 'run'), cache: join(folder, 'cache') })())
  tools = { ...made, kinds: [...sourceKinds, opened] }
})
afterAll(() => rm(folder, { recursive: true }))

const images = (changes: Partial<AdviseSpec> = {}): AdviseSpec => ({
  ...{ source: { kind: 'opened', path: 'small', freeze: 1 }, target: join(folder, 'photos'), shots: undefined },
  ...{ seed: 0, batch: 4, backend: 'cpu' },
  ...changes,
})

const rows = (changes: Partial<AdviseSpec> = {}): AdviseSpec => ({
  ...{ source: { kind: 'trained', data: join(folder, 'from.csv'), body: 'mlp', epochs: 60, seed: 0 }, seed: 0 },
  ...{ target: join(folder, 'to.csv'), shots: 6, batch: undefined, backend: 'cpu' },
  ...changes,
})

/** An executor that writes down what is weighed, and refuses everything that trains or tests on the target. */
const observed =
  (asked: WeighRequest[]): Executor =>
  (setup) =>
    tools.executor(setup).map((worker) => {
      const never = (): never => {
        throw new Error('expected no training and no test')
      }
      return {
        ...worker,
        ...{ run: never, make: never, fit: never, predict: never },
        weigh: (request, onStep) => {
          asked.push(request)
          return worker.weigh(request, onStep)
        },
      }
    })

const advised = async (spec: AdviseSpec, asked: WeighRequest[] = []): Promise<Advice> =>
  rightOf(await advise(spec, { ...tools, executor: observed(asked) })())

/** An advice without what depends on time. */
const timeless = (advice: Advice): unknown =>
  JSON.parse(JSON.stringify(advice), (name, value: unknown) => (name === 'seconds' ? 0 : value))

describe('an advice on all images of a folder', () => {
  it('looks at every training image as the frozen blocks give it, and says what follows for each block', async () => {
    const asked: WeighRequest[] = []
    const advice = await advised(images(), asked)
    expect(advice.data).toMatchObject({ shots: null, classes: names.toSorted(), labelled: 18, used: 18 })
    expect(asked.map(({ labelled, network }) => [labelled.labels.length, network.blocks.length])).toEqual([[18, 2]])
    expect(advice.blocks.map(({ block }) => block)).toEqual(['one', 'two', 'three'])
    expect(advice.blocks[0]).toEqual({ block: 'one', state: 'as it is', update: 0, fineTune: 1 })
    expect(advice.advice).toMatch(/^block 1 as it is, |^blocks 1-3 as they are, /)
    // Not rescaled: all blocks that may learn are taken together.
    expect(advice.hypotheses.map(({ name }) => name)).toEqual([
      ...['everything as it is', 'blocks 2-3 new', 'everything adapted'],
    ])
    expect(advice.source.rescaled).toBe(false)
  })

  it('never looks at test data: with others in their place it says the same', async () => {
    const before = timeless(await advised(images()))
    await rm(join(folder, 'photos/test'), { recursive: true })
    await writeImages('photos/test', 5, 1)
    expect(timeless(await advised(images()))).toEqual(before)
    await writeFile(
      join(folder, 'photos/train/red/more.png'),
      encode({ width: 8, height: 8, channels: 3, data: colourPixels(1, 3) }),
    )
    expect(timeless(await advised(images()))).not.toEqual(before)
    await rm(join(folder, 'photos/train/red/more.png'))
  })

  it('counts what each method trains and what is left when it is folded', async () => {
    const { options, parameters, bytes } = await advised(images())
    const [head, two, three] = [6 * 3 + 3, 9 * 6 * 6 + 6, 6 * 6 + 6]
    expect(options.map(({ method, trainable }) => [method, trainable]).slice(0, 4)).toEqual([
      ['scratch', two + three + head],
      ['share-all', head],
      ['fine-tune-all', two + three + head],
      ['ptu', two + three + head + 2 * (1 + 6)],
    ])
    expect([parameters, bytes]).toEqual([1000 + head, 4 * (1000 + head)])
    for (const { seconds } of options) expect(seconds).toBeGreaterThan(0)
  })

  it('tells each method by the hypothesis that it acts on', async () => {
    const { options, hypotheses } = await advised(images())
    const [frozen, random, usual] = hypotheses
    const loss = (method: string): unknown => {
      const found = options.find((option) => option.method === method)
      return [found?.loss, found?.standardError, found?.advantage]
    }
    const told = (one: typeof frozen): unknown => [
      one?.loss,
      one?.standardError,
      (one?.score ?? 0) - (usual?.score ?? 0),
    ]
    expect(loss('share-all')).toEqual(told(frozen))
    expect(loss('scratch')).toEqual(told(random))
    expect(loss('fine-tune-all')).toEqual(told(usual))
    expect(loss('ptu')).toEqual(told(usual))
    expect(new Set(hypotheses.map(({ score }) => score)).size).toBe(3)
  })
})

describe('an advice on a draw of labels', () => {
  it('looks at the draw of a comparison with the seed, and weighs all blocks together', async () => {
    const asked: WeighRequest[] = []
    const advice = await advised(rows({ seed: 3 }), asked)
    expect(advice.data).toMatchObject({ shots: 6, seed: 3, labelled: 12, used: 12 })
    expect(asked[0]).toMatchObject({ rescales: true, seed: 3, batch: 32, rate: 4e-3 })
    expect(advice.source.rescaled).toBe(true)
    const { train } = rightOf(await loadTask(rows().target)())
    expect(asked[0]?.labelled.features).toEqual(rightOf(fewShot(keysOf(3).draw, train, 6)).features)
    expect(advice.hypotheses.map(({ name }) => name)).toEqual([
      ...['everything as it is', 'blocks 1-2 new', 'everything adapted'],
    ])
    const other = await advised(rows({ seed: 4 }))
    expect(other.hypotheses.map(({ loss }) => loss)).not.toEqual(advice.hypotheses.map(({ loss }) => loss))
  })

  it('bounds the examples and says how many were looked at', async () => {
    const advice = await advised(rows({ shots: undefined, target: join(folder, 'to.csv') }))
    expect(advice.data).toMatchObject({ shots: null, labelled: 200, used: 150 })
  })

  it('follows from its seed', async () => {
    expect(timeless(await advised(rows()))).toEqual(timeless(await advised(rows())))
  })

  it('needs a source that was trained, unless told otherwise', async () => {
    await writeFile(join(folder, 'noise.csv'), csv(1, ['x', 'y', 'x', 'y', 'x', 'y', 'x', 'y'], 8))
    const { source } = rows()
    const untrained = rows({ source: { ...source, data: join(folder, 'noise.csv'), epochs: 0.01 } })
    expect(messageIn(await advise(untrained, tools)())).toContain('--allow-untrained')
    const { source: taken } = await advised({ ...untrained, allowUntrained: true })
    expect(taken.warning).toContain('Near chance')
  })
})

describe('an advice that cannot be', () => {
  it('says why before anything is trained', async () => {
    await writeFile(join(folder, 'one.csv'), csv(5, ['dog'], 9))
    const executor: Executor = () => {
      throw new Error('expected nothing to begin')
    }
    const refuse = async (spec: AdviseSpec): Promise<string> => messageIn(await advise(spec, { ...tools, executor })())
    expect(await refuse(rows({ target: join(folder, 'one.csv') }))).toContain('2 to 1000 classes')
    expect(await refuse(rows({ shots: 99 }))).toContain('expected at least 99 examples per class')
    expect(await refuse(images({ target: join(folder, 'to.csv') }))).toContain(
      'expected source and target of one shape',
    )
    expect(await refuse(images({ target: join(folder, 'none') }))).toContain('none')
  })
})
