import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { sourceOf, type ByteSource } from '@ptu/core'
import { startBackend } from '@ptu/experiments/node'
import { listTensors } from '@ptu/formats'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Answer } from '../answer.ts'
import { readForeign } from '../read-foreign.ts'
import { inspectFolder, inspectForeign } from './inspect-foreign.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../formats/fixtures/keras/${name}`, import.meta.url))

let folder = ''
beforeAll(async () => {
  await startBackend('cpu')()
  folder = await mkdtemp(join(tmpdir(), 'ptu-inspect-'))
  await copyFile(fixture('k3-nested.weights.h5'), join(folder, 'w.h5'))
})
afterAll(() => rm(folder, { recursive: true }))

const inspected = async (path: string): Promise<Answer> => {
  const file = await readForeign(path)()
  if (E.isLeft(file)) throw file.left
  const answer = inspectForeign(path, file.right, 'it is another file')
  if (E.isLeft(answer)) throw answer.left
  return answer.right
}

describe('ptu inspect of a file of Keras', () => {
  it('says its blocks, its input and its range of pixels, and what is left over', async () => {
    const { text, json } = await inspected(fixture('k3-efficient.keras'))
    expect(text).toContain('input 12 × 12 × 3; range of pixels 0..255')
    expect(text).toContain('not used: layers/normalization/vars/2')
    expect(json).toMatchObject({ kind: 'network', architecture: 'Keras efficient', hasHead: true })
  })

  it('of weights alone lists them, and opens them once their description lies beside them', async () => {
    const alone = await inspected(join(folder, 'w.h5'))
    expect(alone.json).toMatchObject({ kind: 'tensors', format: 'Keras HDF5 of weights' })
    expect(alone.text).toContain('put the config.json of the model beside them')
    await copyFile(fixture('k3-nested.json'), join(folder, 'config.json'))
    const described = await inspected(join(folder, 'w.h5'))
    expect(described.json).toMatchObject({ kind: 'network', input: [6, 6, 3] })
    expect(described.text).toContain('--range says it (-1..1 is assumed)')
  })
})

describe('ptu inspect of a file of ONNX', () => {
  const onnx = (name: string): string =>
    fileURLToPath(new URL(`../../../formats/fixtures/onnx/${name}.onnx`, import.meta.url))

  it('says its blocks and its input, where it can be cut, and what is left over', async () => {
    const { text, json } = await inspected(onnx('residual'))
    expect(text).toContain('ONNX main_graph: ONNX, opset 17, written by pytorch')
    expect(text).toContain('input 16 × 16 × 3; range of pixels unknown; --range says it (imagenet is assumed)')
    expect(text).toContain('it can be cut after 10 of its layers')
    expect(text).toContain('every tensor of the file is used')
    expect(json).toMatchObject({ kind: 'network', hasHead: true, blocks: [{ name: '/body/body.1/Add' }, {}, {}] })
  })

  it('reads weights beside it, and says before which node it stops', async () => {
    expect((await inspected(onnx('external'))).json).toMatchObject({ kind: 'network', input: [7, 6, 3] })
    expect((await inspected(onnx('refused-operator'))).text).toContain('left out: node the_Einsum_y (Einsum)')
  })
})

const folderOf = (name: string): string =>
  fileURLToPath(new URL(`../../../formats/fixtures/hugging-face/${name}`, import.meta.url))

const inspectedFolder = async (path: string): Promise<Answer> => {
  const answer = await inspectFolder(path)()
  if (E.isLeft(answer)) throw answer.left
  return answer.right
}

describe('ptu inspect of a Hugging Face folder', () => {
  it('says the tokens that an encoder of texts reads, its blocks and what is left over', async () => {
    const { text, json } = await inspectedFolder(folderOf('bert'))
    expect(text).toContain('transformers BertModel: Hugging Face folder (safetensors (2 files))')
    expect(text).toContain('input texts of up to 10 tokens, of 31 that it knows; token 0 fills the end of shorter ones')
    expect(text).toContain('not used: pooler.dense.bias, pooler.dense.weight')
    expect(json).toMatchObject({ kind: 'network', tokens: { vocabulary: 31, padding: 0, longest: 10 } })
  })

  it('says the step of pixels that the folder names', async () => {
    const { text } = await inspectedFolder(folderOf('vit'))
    expect(text).toContain('as preprocessor_config.json says: mean 0.5, 0.4, 0.3, deviation 0.2, 0.3, 0.4 of pixels')
  })

  it('refuses one that it does not know, by the name of its kind', async () => {
    await copyFile(join(folderOf('vit'), 'model.safetensors'), join(folder, 'model.safetensors'))
    await writeFile(join(folder, 'config.json'), '{"model_type":"llama"}')
    await expect(inspectedFolder(folder)).rejects.toThrow('got "llama"')
  })
})

/** A source that counts the bytes that are asked for. */
const counted = (bytes: Uint8Array | ByteSource): ByteSource & { count: number } => {
  const inner = sourceOf(bytes)
  const source = {
    length: inner.length,
    count: 0,
    range: (begin: number, end: number): Uint8Array => {
      source.count += end - begin
      return inner.range(begin, end)
    },
  }
  return source
}

describe('ptu inspect', () => {
  it.each(['onnx/residual.onnx', 'onnx/inverted.onnx', 'keras/k2-nested.h5', 'keras/k3-efficient.keras'])(
    'looks into %s once, and reads each of its numbers once',
    async (name) => {
      const path = fixture(`../${name}`)
      const file = await readForeign(path)()
      if (E.isLeft(file)) throw file.left
      const [listing, inspecting] = [counted(file.right.bytes), counted(file.right.bytes)]
      expect(E.isRight(listTensors({ ...file.right, bytes: listing }))).toBe(true)
      const answer = inspectForeign(path, { ...file.right, bytes: inspecting }, 'it is another file')
      expect(E.isRight(answer) && answer.right.json).toMatchObject({ kind: 'network' })
      expect(inspecting.count).toBeLessThanOrEqual(listing.count + listing.length)
    },
  )
})
