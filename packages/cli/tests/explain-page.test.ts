import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { key } from '@ptu/core'
import { encodeModel } from '@ptu/experiments'
import { conv2d, dense, globalAveragePool, relu, serial } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { chromiumPath, hasChromium } from '@ptu/testing'
import { encode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Explanation } from '../src/explain/explanation.ts'
import { undocumentedIn } from './documented.ts'
import { readingProblems } from './readable-page.ts'
import { openSandbox, type Sandbox } from './sandbox.ts'

const side = 16

/** A picture of one colour with noise: the class is its colour. */
const pictureOf = (label: number, seed: number): Uint8Array =>
  encode({
    ...{ width: side, height: side, channels: 3 },
    data: Uint8Array.from({ length: side * side * 3 }, (_, i) => {
      const noise = (Math.imul(i + 97 * seed, 2654435761) >>> 24) % 120
      return i % 3 === label ? 100 + noise : noise
    }),
  })

let box: Sandbox
let explanation: Explanation
let page = ''

beforeAll(async () => {
  box = await openSandbox()
  const layer = serial(conv2d(6, 3, { padding: 'same' }), relu, conv2d(8, 3), relu, globalAveragePool, dense(2))
  const params = layer.init(key(1), [12, 12, 3])
  const source = await encodeModel(params, {
    ...{ format: 'ptu-model/2', spec: layer.spec, blocks: ['one', 'a', 'two', 'b'], shape: [12, 12, 3] },
    ...{ classes: ['x', 'y'], vocabulary: null, image: { size: [12, 12], channels: 3, fit: 'crop' } },
    ...{ normalisation: { mean: 120, deviation: 60 }, method: 'ptu', rate: 1e-3, seed: 0, steps: 1 },
    ...{ sourceData: null, targetData: 'none', accuracy: null, gates: [] },
  })
  disposeParams(params)
  await writeFile(join(box.folder, 'source.safetensors'), source)
  for (const [label, name] of ['red', 'green'].entries())
    for (const [folder, seeds] of [
      ['photos', [0, 1, 2, 3, 4, 5]],
      ['new', [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]],
    ] as const) {
      await mkdir(join(box.folder, folder, name), { recursive: true })
      for (const seed of seeds) await writeFile(join(box.folder, folder, name, `${seed}.png`), pictureOf(label, seed))
    }
  const trained = await box.ptu(
    'train @photos --model @source.safetensors --freeze 1 --steps 8 --batch 4 --backend cpu --workers 1 --out @model',
  )
  expect(trained).toMatchObject({ code: 0 })
  const { code, stdout } = await box.ptu('explain @model --data @new --quick --json --backend cpu --out @page.html')
  expect(code).toBe(0)
  explanation = JSON.parse(stdout) as Explanation
  page = await readFile(join(box.folder, 'page.html'), 'utf8')
}, 300_000)
afterAll(() => box.remove())

describe('the explanation of a model of photos', () => {
  it('has the fields that its page names', async () => {
    expect(await undocumentedIn(explanation, 'explanation-schema.md')).toEqual([])
  })

  it('has heat maps, eleven shifts, and what the training changed of the source that the folder keeps', () => {
    const { leaning, breaks, changes, data } = explanation
    expect(data).toMatchObject({ many: 'images', count: 24, seen: 'new' })
    expect(leaning).toMatchObject({ kind: 'pictures', pictures: { length: 8 } })
    expect(breaks.shifts).toHaveLength(11)
    expect(changes).toMatchObject({
      blocks: [{ name: 'one', change: 0 }, { name: 'a', change: 0 }, { name: 'two' }, { name: 'b', change: 0 }],
    })
    const moved = 'blocks' in changes ? changes.blocks[2]?.change : undefined
    expect(moved).toBeGreaterThan(0)
    expect(moved).toBeLessThan(1)
    const likeness = 'blocks' in changes ? changes.blocks.map((block) => block.likeness) : []
    expect(likeness.slice(0, 2)).toEqual([
      { value: 1, interval: null },
      { value: 1, interval: null },
    ])
    expect(likeness[2]?.value).toBeLessThan(1)
    expect(likeness[2]?.interval?.low).toBeLessThan(likeness[2]?.value ?? 0)
    expect(page).toContain('data:image/png;base64,')
    expect(page).not.toMatch(/NaN|undefined|\[object|<script/)
  })

  it.skipIf(!hasChromium)(
    `can be read by everyone, at 390 pixels too, in Chromium (skipped without ${chromiumPath})`,
    async () => {
      expect(page).toMatch(/<img [^>]*alt="[^"]*(?:leans most on|covering any part of it)/)
      expect(await readingProblems(page, 390)).toEqual([])
    },
  )
})
