import type { Decoder } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { adviseConfig } from './advise-config.ts'
import { compareConfig } from './compare-config.ts'
import { trainConfig } from './train-config.ts'
import { transferConfig, type TransferConfig } from './transfer-config.ts'

const given = { source: 'a', target: 'b' }

/** Checks a configuration; the fields that are refused. */
const refused = (decoder: Decoder<unknown>, config: object): readonly string[] => {
  const decoded = decoder(config, [])
  return E.isLeft(decoded) ? decoded.left.map(({ path }) => String(path[0])) : []
}

/** The least and the most of a field, and a number beyond each. */
type Bounds = readonly [name: string, tooLittle: number, least: number, most: number, tooMuch: number]

const experiment: readonly Bounds[] = [
  ['shots', 0, 1, 100_000, 100_001],
  ['steps', 0, 1, 1_000_000, 1_000_001],
  ['batch', 0, 1, 65_536, 65_537],
  ['epochs', 0, 1e-3, 1000, 1001],
  ['seed', -1, 0, 2 ** 32 - 1, 2 ** 32],
]
const bounds: readonly (readonly [string, Decoder<unknown>, object, readonly Bounds[]])[] = [
  [
    'comparison',
    compareConfig,
    given,
    [...experiment, ['seeds', 0, 1, 1000, 1001], ['workers', 0, 1, 256, 257], ['rates', 0, 1e-9, 10, 11]],
  ],
  [
    'transfer',
    transferConfig,
    given,
    [...experiment, ['rate', 0, 1e-9, 10, 11], ['draw', -1, 0, 2 ** 32 - 1, 2 ** 32]],
  ],
  ['advice', adviseConfig, given, experiment.filter(([name]) => name !== 'steps')],
  [
    'training',
    trainConfig,
    { data: 'photos' },
    [
      ...experiment.filter(([name]) => !['shots', 'epochs'].includes(name)),
      ['freeze', -1, 0, 1000, 1001],
      ['minutes', 0, 1e-3, 100_000, 100_001],
      ['workers', 0, 1, 256, 257],
    ],
  ],
]
const cases = bounds.flatMap(([what, decoder, base, fields]) =>
  fields.map((field) => [what, field[0], decoder, base, field] as const),
)

describe('a number in the configuration', () => {
  it.each(cases)('of a %s, %s, has a least and a most', (_what, name, decoder, base, [, below, least, most, above]) => {
    const asked = (value: number): object => ({ ...base, [name]: name === 'rates' ? [value] : value })
    for (const value of [least, most]) expect(refused(decoder, asked(value)), String(value)).toEqual([])
    for (const value of [below, above]) expect(refused(decoder, asked(value)), String(value)).toEqual([name])
  })
})

describe('a configuration that says no more than it must', () => {
  it('compares seven methods over six draws of ten labels per class', () => {
    expect(compareConfig({ ...given }, [])).toEqual(
      E.right({
        spec: {
          ...{ source: { kind: 'trained', data: 'a', seed: 0 }, target: 'b', shots: 10, seeds: [0, 1, 2, 3, 4, 5] },
          methods: ['scratch', 'share', 'fine-tune', 'freeze', 'fine-tune-all', 'ptu', 'ptu-fixed'],
          ...{ modules: [], backend: 'auto', allowUntrained: false },
        },
        out: 'runs/compare',
      }),
    )
  })

  it('counts seeds from the seed, or takes them as they are', () => {
    const seeds = (own: object): unknown =>
      E.map(({ spec }: { spec: { seeds: unknown } }) => spec.seeds)(compareConfig({ ...given, ...own }, []))
    expect(seeds({ seed: 7, seeds: 3 })).toEqual(E.right([7, 8, 9]))
    expect(seeds({ seed: 7, seeds: [5, 2] })).toEqual(E.right([5, 2]))
    expect(refused(compareConfig, { ...given, seeds: [5, 5] })).toEqual(['seeds'])
  })

  it('transfers by the unit', () => {
    expect(transferConfig({ ...given }, [])).toMatchObject({
      right: { spec: { method: 'ptu', shots: 10, seed: 0, allowUntrained: false, modules: [] }, out: 'runs/transfer' },
    })
  })

  it('transfers on a draw of its own to keep the source of another seed', () => {
    const seedsOf = (own: object): unknown =>
      E.map(({ spec }: TransferConfig) => [spec.source['seed'], spec.seed])(transferConfig({ ...given, ...own }, []))
    expect(seedsOf({ seed: 3 })).toEqual(E.right([3, 3]))
    expect(seedsOf({ seed: 3, draw: 5 })).toEqual(E.right([3, 5]))
    expect(seedsOf({ draw: 5 })).toEqual(E.right([0, 5]))
  })

  it('trains for ten minutes, with nothing that was not asked for', () => {
    expect(trainConfig({ data: 'photos' }, [])).toMatchObject({
      right: {
        spec: {
          ...{
            data: 'photos',
            reading: { kind: 'photos' },
            budget: 600,
            ensemble: false,
            strict: false,
            balance: false,
          },
          ...{ seed: 0, backend: 'auto', modules: [], source: { kind: 'opened', path: 'mobilenet_v2', earlier: true } },
        },
        out: 'my-model',
      },
    })
  })

  it('asks for advice on ten labels of each class of a target, or on all of data', () => {
    const shots = (own: object): unknown =>
      E.map(({ spec }: { spec: { target: string; shots: unknown } }) => [spec.target, spec.shots])(
        adviseConfig({ source: 'a', ...own }, []),
      )
    expect(shots({ target: 'b' })).toEqual(E.right(['b', 10]))
    expect(shots({ target: 'b', shots: 3 })).toEqual(E.right(['b', 3]))
    expect(shots({ data: 'c' })).toEqual(E.right(['c', undefined]))
    expect(refused(adviseConfig, { source: 'a' })).toEqual(['target'])
    expect(refused(adviseConfig, { source: 'a', target: 'b', data: 'c' })).toEqual(['data'])
    expect(refused(adviseConfig, { source: 'a', data: 'c', shots: 3 })).toEqual(['shots'])
  })
})

describe('the changes of pictures of a training', () => {
  it('are those that are named, or none', () => {
    const augment = (names: readonly string[]): unknown =>
      E.map(({ spec }: { spec: { augment?: unknown } }) => spec.augment)(
        trainConfig({ data: 'photos', augment: names }, []),
      )
    expect(augment(['none'])).toEqual(E.right([]))
    expect(augment(['flip'])).toEqual(E.right(['flip']))
    expect(augment(['crop', 'amplitudes'])).toEqual(E.right(['crop', 'amplitudes']))
    expect(refused(trainConfig, { data: 'photos', augment: ['amplitudes'] })).toEqual(['augment'])
    expect(refused(trainConfig, { data: 'photos', augment: ['flip', 'amplitudes'] })).toEqual(['augment'])
    expect(refused(trainConfig, { data: 'photos', augment: ['flip', 'none'] })).toEqual(['augment'])
    expect(refused(trainConfig, { data: 'photos', augment: ['flip', 'flip'] })).toEqual(['augment'])
  })
})
