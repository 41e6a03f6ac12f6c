import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { fileHandler } from '@ptu/tfjs-layers'
import { loadLayersModel } from '@tensorflow/tfjs-layers'
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
