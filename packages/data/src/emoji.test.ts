import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { key } from '@ptu/core'
import { encode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { countOf, describe as countsOf, type Dataset } from './dataset.ts'
import { emoji, type EmojiOptions } from './emoji.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-emoji-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const save = async (name: string, bytes: Uint8Array | string): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), bytes)
}

interface Entry {
  readonly unified: string
  readonly image: string
  readonly category: string
  readonly subcategory: string
  readonly [name: string]: unknown
}

const entry = (unified: string, category: string, subcategory: string): Entry => ({
  unified,
  image: `${unified.toLowerCase()}.png`,
  category,
  subcategory,
  has_img_google: true,
  has_img_twitter: true,
})

/** A drawing of one pixel: its red and green tell the place in the list, its blue the vendor. */
const drawing = (place: number, blue: number): Uint8Array =>
  encode({ width: 1, height: 1, channels: 4, data: Uint8Array.of(place >> 4, place & 15, blue, 255) })

/** A package of these entries, with the drawings of both vendors, and of `others`, which have none. */
const install = async (entries: readonly Entry[], others: readonly unknown[] = []): Promise<void> => {
  await save('emoji.json', JSON.stringify([...others, ...entries]))
  for (const [place, { image }] of entries.entries()) {
    await save(`img/google/64/${image}`, drawing(place, 1))
    await save(`img/twitter/64/${image}`, drawing(place, 2))
  }
}

const animals = Array.from({ length: 60 }, (_, i) => entry((0x1f400 + i).toString(16).toUpperCase(), 'Animals', 'fur'))
const foods = Array.from({ length: 60 }, (_, i) =>
  entry((0x1f500 + i).toString(16).toUpperCase(), 'Food', i % 2 === 0 ? 'fruit' : 'drink'),
)
const all = [...animals, ...foods]

const readWith = (options: Partial<EmojiOptions> = {}): Promise<E.Either<Error, Dataset>> =>
  emoji({ folder, vendor: 'google', ...options })()

const read = async (options?: Partial<EmojiOptions>): Promise<Dataset> => {
  const found = await readWith(options)
  if (E.isLeft(found)) throw found.left
  return found.right
}

const problem = async (options?: Partial<EmojiOptions>): Promise<string> => {
  const found = await readWith(options)
  return E.isLeft(found) ? found.left.message : 'no problem'
}

/** The places in the list of the examples of a set. */
const placesOf = ({ features, labels }: Dataset): readonly number[] =>
  Array.from(labels, (_, i) => (features[3 * i] as number) * 16 + (features[3 * i + 1] as number))

describe('emoji', () => {
  it('are classed by category, the images of the vendor that is asked for', async () => {
    await install(all)
    const [noto, twemoji] = [await read(), await read({ vendor: 'twitter' })]
    expect([noto.shape, countsOf(noto)]).toEqual([[1, 1, 3], { Animals: 60, Food: 60 }])
    expect([noto.features[2], twemoji.features[2]]).toEqual([1, 2])
    expect(placesOf(twemoji)).toEqual(placesOf(noto))
  })

  it('are classed by subcategory, or by those named in the order given, and brought to a size', async () => {
    await install(all)
    expect((await read({ level: 'subcategory' })).classes).toEqual(['drink', 'fruit', 'fur'])
    const two = await read({ level: 'subcategory', classes: ['fur', 'drink'], size: [4, 6] })
    expect([two.shape, countsOf(two)]).toEqual([[4, 6, 3], { fur: 60, drink: 30 }])
  })

  it('are on the same side for both vendors, and none is on both sides', async () => {
    await install(all)
    const [train, test] = [await read({ part: 'train' }), await read({ part: 'test' })]
    expect([...placesOf(train), ...placesOf(test)].toSorted((a, b) => a - b)).toEqual([...all.keys()])
    expect(countOf(test) / all.length).toBeGreaterThan(0.2)
    expect(countOf(test) / all.length).toBeLessThan(0.4)
    expect(placesOf(await read({ vendor: 'twitter', part: 'test' }))).toEqual(placesOf(test))
  })

  it('are divided by the key and the fraction', async () => {
    await install(all)
    const byDefault = placesOf(await read({ part: 'test' }))
    expect(placesOf(await read({ part: 'test', key: key(0), testFraction: 0.3 }))).toEqual(byDefault)
    expect(placesOf(await read({ part: 'test', key: key(1) }))).not.toEqual(byDefault)
    const larger = placesOf(await read({ part: 'test', testFraction: 0.6 }))
    expect(byDefault.every((place) => larger.includes(place))).toBe(true)
  })

  it('that differ by gender alone stay on one side', async () => {
    const runners = Array.from({ length: 40 }, (_, i) => (0x1f300 + i).toString(16).toUpperCase()).flatMap((point) => [
      entry(point, 'People', 'sport'),
      entry(`${point}-200D-2642-FE0F`, 'People', 'sport'),
      entry(`1F469-200D-${point}`, 'People', 'sport'),
    ])
    await install(runners)
    const glyphs = placesOf(await read({ part: 'test' })).map((place) => Math.floor(place / 3))
    expect(glyphs.length).toBe(3 * new Set(glyphs).size)
  })

  it('leave out ingredients, variants of skin tone and what the vendor did not draw', async () => {
    const tones = { '1F3FB': { unified: '1F44B-1F3FB', image: '1f44b-1f3fb.png', has_img_google: true } }
    const special: Readonly<Record<number, object>> = { 0: { skin_variations: tones }, 1: { has_img_twitter: false } }
    await install([
      ...animals.map((animal, i) => ({ ...animal, ...special[i] })),
      entry('1F3FB', 'Component', 'skin-tone'),
    ])
    expect(countsOf(await read())).toEqual({ Animals: 60 })
    expect(countsOf(await read({ vendor: 'twitter' }))).toEqual({ Animals: 59 })
  })

  it('without an example of a class are refused, with the classes there are', async () => {
    await install(all)
    expect(await problem({ classes: ['Food', 'Cars'] })).toContain(
      'has no image of google for "Cars"; it has the categories "Animals", "Food"',
    )
    await install(animals.slice(0, 1))
    expect(await problem({ part: 'test', testFraction: 1e-9 })).toContain('for "Animals" to test on')
    await install([])
    expect(await problem()).toContain('has no image of google for any class')
  })

  it('are refused where the test fraction is no part', () => {
    expect(() => emoji({ folder, vendor: 'google', testFraction: 1 })).toThrow('above 0 and below 1, got 1')
  })
})

describe('a folder of emoji from outside', () => {
  it('that does not exist, or holds no list, says so', async () => {
    expect(await problem({ folder: join(folder, 'none') })).toContain('does not exist; check the path')
    expect(await problem()).toContain('emoji.json: it does not exist')
    await save('emoji.json', '{')
    expect(await problem()).toContain('emoji.json is no JSON')
    await save('emoji.json', '{}')
    expect(await problem()).toContain('expected a list of emoji')
    await save('emoji.json', JSON.stringify(Array.from({ length: 10_001 }, () => 1)))
    expect(await problem()).toContain('expected at most 10000 emoji, got 10001')
  })

  it('is refused where a name leads out of it, or an entry is malformed', async () => {
    const [first, ...others] = animals
    await install(others, [{ ...first, image: '../../../../etc/passwd' }])
    expect(await problem()).toMatch(/entries that are no emoji:\s+entry 0/)
    await install(others, [null, { ...first, unified: 'x' }, { ...first, category: 3 }])
    expect(await problem()).toMatch(/entry 0[^]*entry 1[^]*entry 2/)
  })

  it('is refused where an image is missing, damaged or a link out of it', async () => {
    await install(animals)
    const image = join(folder, 'img/google/64/1f403.png')
    await rm(image)
    expect(await problem()).toContain('1f403.png" does not exist')
    const outside = await mkdtemp(join(tmpdir(), 'ptu-outside-'))
    await writeFile(join(outside, 'x.png'), drawing(0, 0))
    await symlink(join(outside, 'x.png'), image)
    expect(await problem()).toContain('"1f403.png" is a link that leaves the folder')
    await rm(outside, { recursive: true })
    await rm(image)
    await writeFile(image, 'no image')
    expect(await problem()).toContain('it is neither a PNG nor a JPEG')
  })
})
