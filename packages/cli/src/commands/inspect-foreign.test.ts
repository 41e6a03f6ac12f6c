import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { startBackend } from '@ptu/experiments/node'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Answer } from '../answer.ts'
import { readForeign } from '../read-foreign.ts'
import { inspectForeign } from './inspect-foreign.ts'

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
