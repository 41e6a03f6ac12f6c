import * as E from 'fp-ts/lib/Either.js'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { disposeModel, openHuggingFace } from '../src/index.ts'
import { isHuggingFaceFolder, readModel } from '../src/node.ts'
import { bytesOf, encoded, folderOf, problemOf, renamed, withHeader, type Fields } from './hugging-face-folders.ts'

describe('a Hugging Face folder says more where more is beside it', () => {
  it('the pooling and the length of texts of sentence-transformers', () => {
    const opened = openHuggingFace(
      { name: 'model.safetensors', bytes: bytesOf('distilbert', 'model.safetensors') },
      {
        config: bytesOf('distilbert', 'config.json'),
        pooling: encoded({ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }),
        sentences: encoded({ max_seq_length: 7 }),
      },
    )
    if (E.isLeft(opened)) throw opened.left
    expect(opened.right).toMatchObject({ input: [7], tokens: { longest: 7, padding: 0, vocabulary: 31 } })
    expect(opened.right.facts['text as a vector']).toBe('its first token')
    disposeModel(opened.right)
  })

  it('the step of its pixels', async () => {
    const opened = await readModel(folderOf('vit'))()
    if (E.isLeft(opened)) throw opened.left
    expect(opened.right.normalisation).toEqual({ mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.3, 0.4] })
    disposeModel(opened.right)
  })

  it.each<readonly [string, Fields, readonly number[]]>([
    ['for pixels that are not brought to 0 to 1', { do_rescale: false, image_mean: [51, 102, 255] }, [0.2, 0.4, 1]],
    ['for pixels by another factor', { rescale_factor: 1 / 127.5, image_mean: [1, 1, 1] }, [0.5, 0.5, 0.5]],
    ['for pixels that are only brought to 0 to 1', { do_normalize: false }, [0, 0, 0]],
  ])('the step of its pixels, %s', (_what, fields, mean) => {
    const opened = openHuggingFace(
      { name: 'model.safetensors', bytes: bytesOf('vit', 'model.safetensors') },
      { config: bytesOf('vit', 'config.json'), preprocessor: encoded({ image_std: [1, 1, 1], ...fields }) },
    )
    if (E.isLeft(opened)) throw opened.left
    const found = opened.right.normalisation?.mean ?? []
    expect(found.map((number) => Number(number.toFixed(6)))).toEqual(mean)
    disposeModel(opened.right)
  })

  it('and reads the gamma and beta of old files of BERT', () => {
    const old = (name: string): string =>
      name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')
    const bytes = withHeader(bytesOf('bert-classifier', 'model.safetensors'), renamed(old))
    expect(problemOf('bert-classifier', { bytes })).toBe('none')
  })
})

describe('a folder on the disk', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ptu-hugging-face-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const messageOf = async (path: string): Promise<string> => {
    const opened = await readModel(path)()
    if (E.isLeft(opened)) return opened.left.message
    disposeModel(opened.right)
    return 'none'
  }

  it('without a config, such as one of a model of ptu, is told apart', async () => {
    writeFileSync(join(folder, 'model.safetensors'), 'any')
    expect(await isHuggingFaceFolder(folder)).toBe(false)
    expect(await isHuggingFaceFolder(folderOf('vit'))).toBe(true)
    expect(await isHuggingFaceFolder(folderOf('bert'))).toBe(true)
    expect(await messageOf(folder)).toContain('expected a folder with config.json beside model.safetensors')
  })

  it('is not read through a link that leaves it', async () => {
    const copy = join(folder, 'linked')
    cpSync(folderOf('vit'), copy, { recursive: true })
    rmSync(join(copy, 'config.json'))
    symlinkSync(join(folderOf('vit'), 'config.json'), join(copy, 'config.json'))
    expect(await messageOf(copy)).toContain('expected a folder with config.json')
  })

  it('is read through the links of the cache of Hugging Face', async () => {
    const [snapshot, blobs] = [join(folder, 'cache/snapshots/1a2b'), join(folder, 'cache/blobs')]
    cpSync(folderOf('bert'), blobs, { recursive: true })
    mkdirSync(snapshot, { recursive: true })
    for (const file of readdirSync(blobs)) symlinkSync(join('../../blobs', file), join(snapshot, file))
    expect(await messageOf(snapshot)).toBe('none')
  })

  it('names itself and the file that is wrong', async () => {
    const copy = join(folder, 'broken')
    cpSync(folderOf('vit'), copy, { recursive: true })
    writeFileSync(join(copy, 'config.json'), '{')
    expect(await messageOf(copy)).toBe(`${copy}: config.json: expected JSON`)
  })
})
