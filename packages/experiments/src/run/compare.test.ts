import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key } from '@ptu/core'
import { take } from '@ptu/data'
import { evaluate } from '@ptu/trainer'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { memoryTools } from '../../tests/memory-tools.ts'
import { right } from '../../tests/right.ts'
import { RunError, type ExperimentError } from '../errors.ts'
import type { Measure } from '../measures/measure.ts'
import type { Results } from '../results/results.ts'
import { memoryNetworks } from '../sources/network-store.ts'
import { cellsIn } from './cells.ts'
import { compare, type CompareSpec } from './compare.ts'
import { memoryObjects } from './objects.ts'
import type { Tools } from './experiment.ts'
import { memoryStore, type Store } from './store.ts'

const csv = (seed: number, classes: readonly string[]): string => {
  const { features, labels } = blobs(key(seed), 40, { classes: [...classes], spread: 0.4 })
  const rows = Array.from(labels, (label, i) => [...features.subarray(4 * i, 4 * i + 4), classes[label]].join(','))
  return ['p,q,r,s,kind', ...rows, ''].join('\n')
}

let folder: string
let spec: CompareSpec
const networks = memoryNetworks()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-compare-'))
  await writeFile(join(folder, 'from.csv'), csv(1, ['ant', 'bee', 'cat']))
  await writeFile(join(folder, 'to.csv'), csv(2, ['dog', 'eel']))
  spec = {
    source: { kind: 'trained', data: join(folder, 'from.csv'), body: 'small', epochs: 120, seed: 0 },
    ...{ target: join(folder, 'to.csv'), shots: 5, seeds: [0, 1], modules: [], backend: 'cpu' },
    ...{ methods: ['share', 'freeze', 'fine-tune-all', 'ptu'], rates: [1e-2], steps: 6, batch: 8, rate: undefined },
  }
})
afterAll(() => rm(folder, { recursive: true }))

const toolsIn = (store: Store): Tools => memoryTools({ store, networks })

const run = async (
  changes: Partial<CompareSpec> = {},
  store = memoryStore(),
): Promise<E.Either<ExperimentError, Results>> => compare({ ...spec, ...changes }, toolsIn(store))()

const message = (result: E.Either<ExperimentError, Results>): string => (E.isLeft(result) ? result.left.message : '')

/** Results without what time they took. */
const timeless = (results: Results): unknown =>
  JSON.parse(JSON.stringify(results, (name, value: unknown) => (name === 'seconds' ? 0 : value)))

describe('a comparison', () => {
  it('depends on its spec alone, and its draws on their seeds', async () => {
    const [first, again] = [right(await run()), right(await run())]
    expect(timeless(again)).toEqual(timeless(first))
    const curves = (method: string): readonly unknown[] =>
      first.runs.filter((each) => each.method === method).map(({ curve }) => curve)
    expect(curves('ptu')).toHaveLength(2)
    expect(curves('ptu')[0]).not.toEqual(curves('ptu')[1])
    expect(first.runs.map(({ testOpened }) => testOpened)).toEqual(first.runs.map(() => 1))
  })

  it('goes on from the jobs that are done, and does those again that were changed by hand', async () => {
    const store = memoryStore()
    const first = right(await run({}, store))
    const done: string[] = []
    const keep: Store['keep'] = (name, value) => {
      if (name.startsWith('jobs/')) done.push(name)
      return store.keep(name, value)
    }
    right(await run({}, { ...store, keep }))
    expect(done).toEqual([])
    const kept = (await store.find('jobs/seed1-ptu')) as { readonly value: { readonly accuracy: number } }
    right(await store.keep('jobs/seed1-ptu', { ...kept, value: { ...kept.value, accuracy: 0.125 } })())
    const second = right(await run({}, { ...store, keep }))
    expect(done).toEqual(['jobs/seed1-ptu'])
    expect(timeless(second)).toEqual(timeless(first))
  })

  it('tries every depth, all but the last frozen at most, and opens the test data once per run', async () => {
    const { runs } = right(await run({ seeds: [0] }))
    const depths = (method: string): unknown => runs.find((each) => each.method === method)?.trials.map((t) => t.depth)
    expect(depths('share')).toEqual([1, 2])
    expect(depths('freeze')).toEqual([1])
    expect(depths('fine-tune-all')).toEqual([])
    // Jobs of one draw share the source, but each opens a test set of its own, once.
    expect(new Set(runs.map(({ testOpened }) => testOpened))).toEqual(new Set([1]))
  })

  it('judges ptu unless another candidate is named, and takes that into its settings', async () => {
    const methods = ['share', 'ptu-three', 'ptu']
    expect(right(await run({ methods, seeds: [0] })).settings.judged).toBe('ptu')
    expect(right(await run({ methods: ['share', 'ptu-three'], seeds: [0] })).settings.judged).toBe('ptu-three')
    expect(right(await run({ methods: ['share'], seeds: [0] })).settings.judged).toBeNull()
    const named = right(await run({ methods, seeds: [0], judged: 'ptu-three' }))
    expect(named.verdict).toMatch(/^Over 1 draw of labels ptu-three is/)
  })

  it('refuses to judge what is not a candidate of it', async () => {
    expect(message(await run({ judged: 'share' }))).toContain('expected ptu; got "share"')
    expect(message(await run({ judged: 'ptu-three' }))).toContain('got "ptu-three"')
  })

  it('does not go on from what another version of ptu computed', async () => {
    const store = memoryStore()
    right(await run({ methods: ['ptu'], seeds: [0] }, store))
    const tools = { ...toolsIn(store), versions: { ptu: '1', tfjs: '4', node: '20' } }
    expect(message(await compare({ ...spec, methods: ['ptu'], seeds: [0] }, tools)())).toContain(
      'ptu: "0" there, "1" now',
    )
  })

  it('does not go on where another method was named to be judged', async () => {
    const store = memoryStore()
    const methods = ['ptu', 'ptu-three']
    right(await run({ methods, seeds: [0] }, store))
    expect(message(await run({ methods, seeds: [0], judged: 'ptu-three' }, store))).toContain(
      'judged: "ptu" there, "ptu-three" now',
    )
  })
})

describe('a comparison with measures', () => {
  const seen: { readonly examples: number; readonly changed: number }[] = []
  const size: Measure = {
    name: 'size',
    columns: [
      { name: 'tested', title: 'tested', unit: 'number' },
      { name: 'bias', title: 'bias %', unit: 'part' },
    ],
    problem: ({ shape }) => (shape[0] === 4 ? undefined : 'expected four columns'),
    changed: (test) => [take(test, [0, 1, 2])],
    measure: async ({ network, params, examples, changed: [few = examples], normalisation }) => {
      seen.push({ examples: examples.labels.length, changed: few.labels.length })
      return [examples.labels.length, (await evaluate(network, params, few, normalisation)).accuracy]
    },
  }
  const measuring = (store = memoryStore()): Tools => ({ ...toolsIn(store), measures: [size] })
  const short = (): CompareSpec => ({ ...spec, methods: ['share-all', 'ptu'], seeds: [0, 1, 2] })

  it('has their numbers for each run and row, and the same trainings as without', async () => {
    const plain = right(await compare(short(), measuring())())
    const found = right(await compare({ ...short(), measures: ['size'] }, measuring())())
    expect(found.settings.measures).toEqual(['size'])
    expect(found.measures).toEqual([
      { measure: 'size', name: 'size.tested', title: 'tested', unit: 'number' },
      { measure: 'size', name: 'size.bias', title: 'bias %', unit: 'part' },
    ])
    const values = found.runs.map(({ measures = [] }) => measures.map(({ value }) => value))
    expect(values.every(([tested]) => tested === found.target.testExamples)).toBe(true)
    expect(seen).toEqual(seen.map(() => ({ examples: found.target.testExamples, changed: 3 })))
    for (const [i, row] of found.rows.entries()) {
      const own = values.slice(3 * i, 3 * i + 3).map(([, bias = NaN]) => bias)
      const [tested, bias] = row.measures ?? []
      expect(bias?.mean).toBeCloseTo(own.reduce((sum, value) => sum + value, 0) / 3, 12)
      expect(bias?.interval?.high ?? 0).toBeLessThanOrEqual(1)
      expect(tested).toEqual({ name: 'size.tested', mean: found.target.testExamples, interval: null })
    }
    const trained = ({ runs }: Results): unknown =>
      runs.map(({ accuracy, curve, testOpened }) => [accuracy, curve, testOpened])
    expect(trained(found)).toEqual(trained(plain))
    expect(Object.keys(plain)).not.toContain('measures')
  })

  it('does not go on from one without them', async () => {
    const store = memoryStore()
    right(await compare({ ...short(), seeds: [0] }, measuring(store))())
    const other = await compare({ ...short(), seeds: [0], measures: ['size'] }, measuring(store))()
    expect(message(other)).toContain('measures: nothing there, ["size"] now')
  })

  it('refuses a name that it does not know, and data that a measure cannot be taken on', async () => {
    expect(message(await compare({ ...short(), measures: ['weight'] }, measuring())())).toContain(
      '--measure: expected size; got "weight"',
    )
    const strict = { ...size, problem: () => 'expected pictures' }
    const tools = { ...toolsIn(memoryStore()), measures: [strict] }
    expect(message(await compare({ ...short(), measures: ['size'] }, tools)())).toBe(
      '--measure size: expected pictures',
    )
  })
})

describe('a source that is not trained', () => {
  const untrained = (): Partial<CompareSpec> => ({ source: { ...spec.source, epochs: 0.01 }, seeds: [0] })

  it('is refused before any method trains, with what to change', async () => {
    const store = memoryStore()
    const text = message(await run(untrained(), store))
    expect(text).toMatch(/^small trained on .*from\.csv for 0\.01 epochs: the source network is right for /)
    expect(text).toContain('--allow-untrained')
    expect(await store.find('jobs/seed0-ptu')).toBeUndefined()
  })

  it('is transferred where that is asked for, under a warning', async () => {
    const { source, runs } = right(await run({ ...untrained(), allowUntrained: true }))
    expect(runs.length).toBeGreaterThan(0)
    expect(source.warning).toMatch(/^Near chance: /)
    expect(source.testLabels).toBe(36)
  })

  it('is told from a trained one, of which nothing is said', async () => {
    expect(right(await run({ seeds: [0] })).source.warning).toBeNull()
  })
})

describe('finished cells that are shared', () => {
  const code = { ptu: '0', tfjs: '4', modules: [] }

  /** Tools whose workers fail the test where they are asked to train a method. */
  const idle = (): Tools => {
    const tools = toolsIn(memoryStore())
    const executor: Tools['executor'] = (setup) =>
      tools.executor(setup).map((worker) => ({ ...worker, run: () => expect.fail('a cell was computed again') }))
    return { ...tools, executor }
  }

  it('are taken from there by another run, which may ask for less, and are kept in it too', async () => {
    const cells = cellsIn(memoryObjects(), code)
    const first = right(await compare(spec, { ...toolsIn(memoryStore()), cells })())
    const less = { ...spec, seeds: [1], methods: ['ptu', 'share'] }
    const tools = { ...idle(), cells }
    const second = right(await compare(less, tools)())
    const wanted = first.runs.filter(({ seed, chosen }) => seed === 1 && ['ptu', 'share'].includes(chosen))
    const named = wanted.filter(({ method }) => method !== 'any')
    expect(named.length).toBe(2)
    for (const run of named) expect(second.runs).toContainEqual(run)
    expect(await tools.store.find('jobs/seed1-ptu')).toBeDefined()
  })

  it('end a run whose numbers are others', async () => {
    const cells = cellsIn(memoryObjects(), code)
    const refusing = { ...cells, keep: () => TE.left(new RunError('computed twice')) }
    expect(message(await compare(spec, { ...toolsIn(memoryStore()), cells: refusing })())).toBe('computed twice')
  })
})
