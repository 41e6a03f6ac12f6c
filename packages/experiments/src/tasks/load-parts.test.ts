import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { picture } from '../../tests/picture.ts'
import { UsageError } from '../errors.ts'
import { loadParts } from './load-parts.ts'
import { loadTask } from './task-data.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-parts-'))
  for (const [name, red] of [
    ['cat', 10],
    ['dog', 200],
  ] as const) {
    await mkdir(join(folder, name))
    for (let i = 0; i < 4; i++) await writeFile(join(folder, name, `${i}.png`), picture([red + i, 0, 0], 12, 8))
  }
  await writeFile(join(folder, 'dog', 'broken.png'), 'no picture')
})
afterAll(() => rm(folder, { recursive: true }))

const image = { size: [4, 6], channels: 3, fit: 'crop' } as const

describe('a folder of images', () => {
  it('is read by the rule of a network, and broken files are told and left out', async () => {
    const told: string[] = []
    const found = await loadParts(`images:${folder}`, { image, warn: (text) => told.push(text) })()
    expect(found).toMatchObject({ right: { train: { shape: [4, 6, 3], classes: ['cat', 'dog'] }, test: undefined } })
    expect(E.isRight(found) && found.right.train.labels.length).toBe(8)
    expect(told).toEqual([expect.stringMatching(/^1 files of .*broken\.png/)])
  })

  it('is read the same way as the target of a task, a bare path too', async () => {
    const found = await loadTask(folder, undefined, { image })()
    expect(found).toMatchObject({ right: { train: { shape: [4, 6, 3] }, test: { shape: [4, 6, 3] } } })
  })

  it.each([
    ['size=8x8', 'size 8x8 where the network reads 4x6'],
    ['channels=1', 'channels 1 where the network reads 3'],
    ['size=4x6&fit=pad', 'fit pad where the network reads images by crop'],
  ])('is refused with the option %s, which the network contradicts', async (option, message) => {
    const found = await loadParts(`images:${folder}#${option}`, { image })()
    if (E.isRight(found)) throw new Error('expected a Left')
    expect(found.left).toBeInstanceOf(UsageError)
    expect(found.left.message).toContain(message)
  })

  it('may say again what the network asks for', async () => {
    expect(E.isRight(await loadParts(`images:${folder}#size=4x6&channels=3&fit=crop`, { image })())).toBe(true)
  })
})

describe('a specification that is not understood', () => {
  it('is a wrong call', async () => {
    const found = await loadParts('nope:x', {})()
    expect(E.isLeft(found) && found.left).toBeInstanceOf(UsageError)
  })
})
