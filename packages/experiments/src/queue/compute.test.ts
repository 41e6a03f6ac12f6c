import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key, sha256 } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { messageIn, rightOf, smallComparison, smallNetwork, colours } from '../../tests/small-network.ts'
import { blobs } from '../../tests/blobs.ts'
import { RunError } from '../errors.ts'
import { here } from '../node/runner-here.ts'
import type { CodeVersion } from '../run/cell.ts'
import { cellsIn } from '../run/cells.ts'
import type { Comparison } from '../run/comparison.ts'
import { memoryObjects, type Objects } from '../run/objects.ts'
import { CellError, computeCell, EmptyStoreError, type ComputePlace } from './compute.ts'
import { blobName, publishGrid } from './grid-file.ts'
import { loadGrid } from './load-grid.ts'
import { payloadOf, type Payload } from './payload.ts'
import { openSlots } from './slots.ts'

// No pauses between the looks at a store that holds nothing.
vi.mock('node:timers/promises', () => ({ setTimeout: vi.fn(() => Promise.resolve()) }))

const code: CodeVersion = { ptu: '1', tfjs: '4', modules: [] }
const job = { seed: 0, method: 'share-all' }

let cache: string
let comparison: Comparison
const opened: ComputePlace[] = []

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'ptu-cells-'))
  comparison = smallComparison(await smallNetwork(), colours(2, 8), {
    ...{ steps: 2, record: { backend: 'cpu', source: { kind: 'x', path: 'p' }, target: 't' } },
  })
})
afterEach(() => {
  for (const { slots } of opened.splice(0)) slots.close()
})
afterAll(() => rm(cache, { recursive: true }))

const placeWith = (objects: Objects, changes: Partial<ComputePlace> = {}): ComputePlace => {
  const slots = openSlots({ count: 1, cache, executor: here, warn: () => undefined })
  const places = { objects, cache: memoryObjects() }
  const place = { places, slots, versions: code, allowModules: false, grids: new Map(), ...changes }
  opened.push(place)
  return place
}

interface Submitted {
  readonly objects: Objects
  readonly name: string
  readonly payload: Payload
}

const submitted = async (own = job, by = code, modules: readonly Uint8Array[] = []): Promise<Submitted> => {
  const objects = memoryObjects()
  const grid = rightOf(await publishGrid(objects, comparison, { code: by, modules })())
  const { key: name } = await cellsIn(objects, by).cellOf(comparison, own)
  return { objects, name, payload: payloadOf(by.ptu, grid, own) }
}

const refusal = async (place: ComputePlace, name: string, data: unknown): Promise<CellError> => {
  const outcome: unknown = await computeCell(place, name, data, () => undefined).catch((cause: unknown) => cause)
  if (outcome instanceof CellError) return outcome
  throw new Error('expected a refusal')
}

describe('a cell of a queue', () => {
  it('has the sets of labels and the numbers of its data, and others than data without', async () => {
    const { target } = comparison
    const values = Float64Array.from({ length: 16 }, (_, i) => i / 3)
    const numbers = { ...colours(2, 8), classes: ['y'], targets: { kind: 'regress' as const, values } }
    const objects = memoryObjects()
    const own = { ...comparison, target: { ...target, train: { ...numbers, labels: new Int32Array(16) } } }
    const grid = rightOf(await publishGrid(objects, own, { code, modules: [] })())
    const loaded = rightOf(await loadGrid({ objects, cache: memoryObjects() }, grid)())
    expect(loaded.comparison.target.train.targets).toEqual({ kind: 'regress', values })
    expect(loaded.comparison.target.test).not.toHaveProperty('targets')
  })

  it('is computed from objects alone, to the numbers of the comparison itself, and once', async () => {
    const { objects, name, payload } = await submitted()
    const place = placeWith(objects)
    await computeCell(place, name, payload, () => undefined)
    const cells = cellsIn(objects, code)
    const found = rightOf(await cells.find(await cells.cellOf(comparison, job))())
    const [worker] = here({ folder: join(cache, 'own'), features: cache })({
      ...{ backend: 'cpu', modules: [], signal: new AbortController().signal, warn: () => undefined },
    })
    const direct = rightOf(await (worker ?? expect.fail()).run(comparison, job, () => undefined)())
    worker?.close()
    expect({ ...found, seconds: 0 }).toEqual({ ...direct, seconds: 0 })
    await computeCell(
      { ...place, slots: { ...place.slots, run: () => expect.fail('trained again') } },
      name,
      payload,
      () => undefined,
    )
  })

  it('keeps the sets of what is measured among the objects', async () => {
    const objects = memoryObjects()
    const measured = [
      { measure: 'ood', datasets: [colours(2, 3, 5)] },
      { measure: 'calibration', datasets: [] },
    ]
    const asked: Comparison = { ...comparison, measured }
    const grid = rightOf(await publishGrid(objects, asked, { code, modules: [] })())
    const loaded = rightOf(await loadGrid({ objects, cache: memoryObjects() }, grid)())
    expect(loaded.comparison.measured).toEqual(measured)
    const [own, plain] = [cellsIn(objects, code).cellOf(asked, job), cellsIn(objects, code).cellOf(comparison, job)]
    expect((await cellsIn(objects, code).cellOf(loaded.comparison, job)).key).toBe((await own).key)
    expect((await own).key).not.toBe((await plain).key)
  })

  it.each<readonly [string, (payload: Payload) => unknown, string]>([
    ['no record', () => 'x', 'expected an object'],
    ['another seed', (payload) => ({ ...payload, seed: 1 }), 'something else than its name says'],
    ['another method', (payload) => ({ ...payload, method: 'ptu' }), 'something else than its name says'],
    ['a held setting', (payload) => ({ ...payload, held: { depth: 1, rate: 1 } }), 'something else than its name says'],
    ['a path for a grid', (payload) => ({ ...payload, grid: '../../etc/passwd' }), '64 hexadecimal digits'],
    ['a field more', (payload) => ({ ...payload, more: 1 }), 'unknown'],
    ['another version', (payload) => ({ ...payload, ptu: '2\u001b[2J' }), 'ptu 2␛[2J, this worker is ptu 1'],
  ])('with %s is refused for good', async (_, tamper, says) => {
    const { objects, name, payload } = await submitted()
    const { message, mayPass } = await refusal(placeWith(objects), name, tamper(payload))
    expect(message).toContain(says)
    expect(mayPass).toBe(false)
  })

  it('of another TensorFlow.js is refused for good', async () => {
    const { objects, name, payload } = await submitted(job, { ...code, tfjs: '3' })
    const { message, mayPass } = await refusal(placeWith(objects), name, payload)
    expect([message.includes('start workers of that version'), mayPass]).toEqual([true, false])
  })

  it('whose method is code of a user is refused unless the worker allows modules', async () => {
    const text = new TextEncoder().encode('export const method = {}')
    const by = { ...code, modules: [await sha256(text)] }
    const { objects, name, payload } = await submitted({ seed: 0, method: 'mine' }, by, [text])
    const { message, mayPass } = await refusal(placeWith(objects), name, payload)
    expect([message.includes('--allow-modules'), mayPass]).toEqual([true, false])
    const allowed = await refusal(placeWith(objects, { allowModules: true }), name, payload)
    expect(allowed.message).toContain('expected an export')
  })

  it('whose objects are missing or not what their names say may pass later', async () => {
    const { objects, name, payload } = await submitted()
    const other = memoryObjects()
    await other.add('objects/another', Uint8Array.of(1))()
    const missing = await refusal(placeWith(other), name, payload)
    expect([missing.message.includes('--store'), missing.mayPass]).toEqual([true, true])
    const tampered: Objects = {
      ...objects,
      find: (path) => () => Promise.resolve(E.right(path.startsWith('objects/') ? Uint8Array.of(1) : undefined)),
    }
    const wrong = await refusal(placeWith(tampered), name, payload)
    expect(wrong.message).toContain('is not what its name says')
  })
})

describe('a store that holds nothing', () => {
  const thrownIn = async (place: ComputePlace, { name, payload }: Submitted): Promise<unknown> =>
    computeCell(place, name, payload, () => undefined).catch((cause: unknown) => cause)

  it('is no place for a cell, also where the cache has all of its grid', async () => {
    const asked = await submitted()
    expect(await thrownIn(placeWith(memoryObjects()), asked)).toBeInstanceOf(EmptyStoreError)
    const places = { objects: memoryObjects(), cache: asked.objects }
    expect(await thrownIn(placeWith(memoryObjects(), { places }), asked)).toBeInstanceOf(EmptyStoreError)
  })

  it('is waited for where files arrive late', async () => {
    const asked = await submitted()
    let looks = 0
    const late: Objects = {
      ...memoryObjects(),
      list: () => () => Promise.resolve(E.right(++looks < 20 ? [] : ['objects/a'])),
    }
    expect(await thrownIn(placeWith(late), asked)).toMatchObject({ name: 'CellError', mayPass: true })
    expect(looks).toBe(20)
  })

  it('is not meant by one that cannot be read', async () => {
    const broken: Objects = { ...memoryObjects(), list: () => () => Promise.resolve(E.left(new RunError('no disk'))) }
    expect(await thrownIn(placeWith(broken), await submitted())).toMatchObject({ name: 'CellError', mayPass: true })
  })
})

describe('the file of a grid', () => {
  it('gives back the comparison, and its data are checked', async () => {
    const { objects, payload } = await submitted()
    const places = { objects, cache: memoryObjects() }
    const { comparison: read } = rightOf(await loadGrid(places, payload.grid)())
    expect({ ...read, record: null }).toEqual({ ...comparison, record: null })
    const text = new TextDecoder().decode(rightOf(await objects.find(blobName(payload.grid))()))
    for (const [from, to] of [
      ['"shape":[8,8,3]', '"shape":[8,8,2]'],
      ['"kind":"bytes"', '"kind":"floats"'],
      ['"shots":4', '"shots":-4'],
      ['{', '['],
    ] as const) {
      const bytes = new TextEncoder().encode(text.replace(from, to))
      const grid = await sha256(bytes)
      await objects.add(blobName(grid), bytes)()
      const refused = await loadGrid(places, grid)()
      expect(messageIn(refused)).toMatch(/grid/)
      expect(E.isLeft(refused) && refused.left.name).toBe('UsageError')
    }
  })

  it('is the same for data that are', async () => {
    const train = blobs(key(3), 8)
    const [first, second] = await Promise.all(
      [train, { ...train, features: train.features.slice() }].map(async (set) =>
        rightOf(
          await publishGrid(
            memoryObjects(),
            { ...comparison, target: { train: set, test: set, digest: 'd' } },
            { code, modules: [] },
          )(),
        ),
      ),
    )
    expect(first).toBe(second)
  })
})
