import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import type { PhotoRule } from '../src/index.ts'
import { pixelsJs } from '../src/page/pixels-js.ts'
import { pixelsFrom } from './photos.ts'

type PixelsOf = (picture: { width: number; height: number; data: Uint8Array }, rule: PhotoRule) => Promise<Uint8Array>

const folder = mkdtempSync(join(tmpdir(), 'ptu-pixels-'))

afterAll(() => {
  rmSync(folder, { recursive: true })
})

const file = join(folder, 'pixels.mjs')
writeFileSync(file, pixelsJs)
const { pixelsOf } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { pixelsOf: PixelsOf }

/** A picture of colours, each of one opacity. */
const pictureOf = (height: number, width: number, colours: Uint8Array, opacity = 255): Parameters<PixelsOf>[0] => ({
  ...{ width, height },
  data: Uint8Array.from({ length: 4 * width * height }, (_, i) =>
    i % 4 === 3 ? opacity : (colours[3 * Math.floor(i / 4) + (i % 4)] ?? 0),
  ),
})

interface Case {
  readonly seed: number
  readonly from: readonly [height: number, width: number]
  readonly rule: PhotoRule
  readonly pixels: string
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/pillow.json'), 'utf8')) as {
  cases: readonly Case[]
}

describe('pixelsOf of pixels.js', () => {
  it.each(cases.map((each) => [JSON.stringify([each.from, each.rule]), each] as const))(
    'is within a grey level of Pillow for %s',
    async (_name, { seed, from: [height, width], rule, pixels }) => {
      const got = await pixelsOf(pictureOf(height, width, pixelsFrom(seed, height * width * 3)), rule)
      const wanted = Buffer.from(pixels, 'base64')
      const differences = Array.from(got, (level, i) => Math.abs(level - (wanted[i] ?? Infinity)))
      expect(got).toHaveLength(wanted.length)
      expect(Math.max(...differences)).toBeLessThanOrEqual(1)
      expect(differences.reduce((sum, each) => sum + each, 0) / differences.length).toBeLessThan(0.3)
    },
  )

  it('leaves a picture of the size as it is', async () => {
    const colours = pixelsFrom(4, 5 * 7 * 3)
    for (const fit of ['squash', 'crop', 'pad'] as const)
      expect(await pixelsOf(pictureOf(5, 7, colours), { size: [5, 7], fit })).toEqual(colours)
  })

  it('lays opacity on white, or on the background', async () => {
    const colours = Uint8Array.of(10, 20, 30)
    const rule: PhotoRule = { size: [1, 1] }
    expect([...(await pixelsOf(pictureOf(1, 1, colours, 51), rule))]).toEqual([206, 208, 210])
    expect([...(await pixelsOf(pictureOf(1, 1, colours, 0), { ...rule, background: [1, 2, 3] }))]).toEqual([1, 2, 3])
  })

  it('weighs red, green and blue for grey, in the border too', async () => {
    const rule: PhotoRule = { size: [1, 3], channels: 1, fit: 'pad', background: [100, 0, 200] }
    expect([...(await pixelsOf(pictureOf(1, 1, Uint8Array.of(200, 100, 50)), rule))]).toEqual([53, 124, 53])
  })

  it('covers a size of another aspect before it crops', async () => {
    const columns = Uint8Array.from({ length: 4 * 8 * 3 }, (_, i) => 10 * (Math.floor(i / 3) % 8))
    const rule: PhotoRule = { size: [4, 2], channels: 1, fit: 'crop' }
    expect([...(await pixelsOf(pictureOf(4, 8, columns), rule))]).toEqual([30, 40, 30, 40, 30, 40, 30, 40])
  })
})
