import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { listTensors } from '@ptu/formats'
import { fileHandler } from '@ptu/tfjs-layers'
import { loadLayersModel } from '@tensorflow/tfjs-layers'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, small, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox

beforeAll(async () => {
  box = await openSandbox()
  expect(await box.ptu(`transfer ${small} --steps 20 --out @runs/a`)).toMatchObject({ code: 0 })
})
afterAll(async () => box.remove())

describe('ptu export', () => {
  it('writes a plain LayersModel with what is known of it', async () => {
    const { code, stdout, stderr } = await box.ptu('export @runs/a/model.safetensors --out @plain --backend cpu')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('a tf.LayersModel of 6 layers, no ptu needed')
    expect(stdout).toContain('one logit for each of dog, eel')
    const model = await loadLayersModel(fileHandler(join(box.folder, 'plain')))
    expect(model.outputs.map(({ shape }) => shape)).toEqual([[null, 2]])
    expect(model.getUserDefinedMetadata()).toMatchObject({ ptu: { method: 'ptu', seed: 0, classes: ['dog', 'eel'] } })
    model.dispose()
  })

  it('says what it wrote as a document', async () => {
    const { stdout } = await box.ptu('export @runs/a --out @plain --replace --backend cpu --json')
    const { folder, classes } = JSON.parse(stdout) as { folder: string; classes: readonly string[] }
    expect(classes).toEqual(['dog', 'eel'])
    const json = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as Readonly<Record<string, unknown>>
    expect(json).toHaveProperty('weightsManifest')
  })

  it('copies the model of a folder that has one, and what a page needs', async () => {
    await writeFile(join(box.folder, 'plain/labels.txt'), 'dog\neel\n')
    await writeFile(join(box.folder, 'plain/private.txt'), 'mine')
    const { code, stdout } = await box.ptu('export @plain --out @copy --json')
    expect(code).toBe(0)
    const { files } = JSON.parse(stdout) as { files: readonly { name: string; bytes: number }[] }
    expect(files.map(({ name }) => name)).toEqual(['model.json', 'weights.bin', 'labels.txt'])
    for (const { name, bytes } of files) {
      const copied = await readFile(join(box.folder, 'copy', name))
      expect(copied).toEqual(await readFile(join(box.folder, 'plain', name)))
      expect(bytes).toBe(copied.length)
    }
    expect(await readdir(join(box.folder, 'copy'))).not.toContain('private.txt')
  })

  it('copies nothing from outside of the folder', async () => {
    await mkdir(join(box.folder, 'evil'))
    await writeFile(join(box.folder, 'evil/model.json'), '{"weightsManifest":[{"paths":["../to.csv"],"weights":[]}]}')
    const { code, stderr } = await box.ptu('export @evil --out @stolen')
    expect(code).toBe(1)
    expect(stderr).toContain('expected plain names of files of weights')
    expect(await readdir(box.folder)).not.toContain('stolen')
  })

  it.each([
    ['onnx', ['model.onnx'], 'ONNX of opset 17: input features [batch, 6]'],
    ['pytorch', ['model.pth'], "tensors under the names of ptu's blocks"],
    ['safetensors', ['model.safetensors'], "tensors under the names of ptu's blocks"],
  ])('writes %s with the classes and the preprocessing beside it', async (to, models, words) => {
    const { code, stdout, stderr } = await box.ptu(`export @runs/a --to ${to} --out @to-${to} --backend cpu`)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(words)
    const folder = join(box.folder, `to-${to}`)
    expect(await readdir(folder)).toEqual([...models, 'README.txt', 'export.json', 'labels.txt'].toSorted())
    expect(await readFile(join(folder, 'labels.txt'), 'utf8')).toBe('dog\neel\n')
    const document: unknown = JSON.parse(await readFile(join(folder, 'export.json'), 'utf8'))
    expect(document).toMatchObject({ schema: 'ptu-export/1', to, labels: ['dog', 'eel'] })
    expect((await readdir(box.folder)).filter((name) => name.startsWith(`to-${to}.`))).toEqual([])
  })

  it('writes tensors that have the numbers of the model', async () => {
    const bytesOf = async (name: string): Promise<Uint8Array> => Uint8Array.from(await readFile(join(box.folder, name)))
    const numbersOf = async (name: string): Promise<readonly number[]> => {
      const file = listTensors({ name, bytes: await bytesOf(name) })
      if (E.isLeft(file)) throw file.left
      return file.right.tensors.flatMap(({ values }) => [...values()]).toSorted((a, b) => a - b)
    }
    const own = await numbersOf('runs/a/model.safetensors')
    expect(await numbersOf('to-pytorch/model.pth')).toEqual(own)
    expect(await numbersOf('to-safetensors/model.safetensors')).toEqual(own)
  })

  it('replaces its own files, if asked, and nobody else’s', async () => {
    await mkdir(join(box.folder, 'kept'))
    await writeFile(join(box.folder, 'kept/thesis.txt'), 'mine')
    const onto = await box.ptu('export @runs/a --to onnx --out @kept --replace --backend cpu')
    expect([onto.code, onto.stderr]).toEqual([2, expect.stringContaining('it holds thesis.txt; name another --out')])
    expect(await readdir(join(box.folder, 'kept'))).toEqual(['thesis.txt'])
    const first = await readFile(join(box.folder, 'to-onnx/model.onnx'))
    await writeFile(join(box.folder, 'to-onnx/model.onnx'), 'another')
    const again = await box.ptu('export @runs/a --to onnx --out @to-onnx --replace --backend cpu --json')
    expect(again.code).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({ to: 'onnx', classes: ['dog', 'eel'] })
    expect(await readFile(join(box.folder, 'to-onnx/model.onnx'))).toEqual(first)
  })

  it.each([
    ['export @runs/a --to onnx --out @to-onnx --backend cpu', 2, 'replace it with --replace, or name another --out'],
    [
      'export @runs/a --to kaffe --out @none',
      2,
      'expected --to to be one of layers, hugging-face, onnx, pytorch, safetensors, transformers.js, got kaffe',
    ],
    ['export @runs/a --to onnx --layout nchw --out @none --backend cpu', 2, '--layout nchw is for images'],
    ['export @runs/a --to onnx --layout chwn --out @none', 2, 'expected --layout to be nhwc or nchw, got chwn'],
    ['export @runs/a --to pytorch --layout nchw --out @none', 2, '--layout is for --to onnx'],
    ['export @runs/a --to pytorch --out @to.csv --backend cpu', 1, 'a part of the path is a file'],
    ['export @runs/a --to pytorch --out /proc/none --backend cpu', 1, 'cannot write /proc/none'],
    ['export @nothing --to onnx --out @none --backend cpu', 1, 'it does not exist'],
    ['export @runs/a/model.safetensors --out @plain --backend cpu', 2, 'replace it with --replace'],
    ['export @nothing.safetensors --out @none --backend cpu', 1, 'it does not exist'],
    ['export @to.csv --out @none --backend cpu', 1, 'cannot use'],
    ['export @runs/a/model.safetensors --backend cpu', 2, "required option '--out <path>' not specified"],
    ['export @runs/a/model.safetensors --out @to.csv --backend cpu', 1, 'a part of the path is a file'],
  ])('refuses %s', async (line, code, message) => {
    const outcome = await box.ptu(line)
    expect(outcome.code).toBe(code)
    expect(outcome.stderr).toContain(message)
  })
})
