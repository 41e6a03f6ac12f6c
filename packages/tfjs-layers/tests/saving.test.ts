import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { disposeParams, scope } from '@ptu/tensor'
import { ones, type Tensor, type Variable } from '@tensorflow/tfjs-core'
import {
  input,
  layers,
  loadLayersModel,
  model as modelOf,
  sequential,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers'
import { afterAll, describe, expect, it } from 'vitest'

import { fileHandler, foldLayersModel, transferLayersModel } from '../src/index.ts'
import { classesFor, everySource, examplesFor, numbersOf, recurrent, type Source } from './sources.ts'

const folder = mkdtempSync(join(tmpdir(), 'ptu-layers-'))

afterAll(() => {
  rmSync(folder, { recursive: true })
})

const predicted = (model: LayersModel, x: Tensor): readonly number[] =>
  scope(() => [...(model.predict(x) as Tensor).dataSync()])

const { nested, modelsInside } = everySource as { nested: Source; modelsInside: Source }

/** A folded model in a folder, and what it makes of an example of ones. */
const savedPlain = async (name: string): Promise<string> => {
  const model = nested.make()
  const target = transferLayersModel(model, { strategy: 'ptu', cut: 'second', head: 3, seed: 2 })
  const plain = foldLayersModel(target)
  const path = join(folder, name)
  await plain.save(fileHandler(path))
  ;[model, target, plain].forEach((each) => each.dispose())
  return path
}

describe('a transferred model', () => {
  it.each(Object.entries({ ...everySource, recurrent }))(
    'of %s is the same when saved and loaded, and trains on alike',
    async (name, source) => {
      const model = source.make()
      const strategy = name === 'recurrent' ? 'share' : 'ptu'
      const target = transferLayersModel(model, { strategy, cut: source.cut, head: 3, unit: { branches: 3 } })
      const path = join(folder, name)
      await target.save(fileHandler(path))
      const again = await loadLayersModel(fileHandler(path))
      const [x, y] = [examplesFor(source, 4), classesFor(4, 3)]
      expect(predicted(again, x)).toEqual(predicted(target, x))
      expect(again.getUserDefinedMetadata()).toEqual(target.getUserDefinedMetadata())
      // Dropout of tfjs cannot be seeded step by step, so the pictures cannot train alike.
      for (const each of name === 'pictures' ? [] : [target, again]) {
        each.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' })
        await each.fit(x, y, { epochs: 2, shuffle: false })
      }
      expect(numbersOf(again)).toEqual(numbersOf(target))
      disposeParams([x, y])
      ;[model, target, again].forEach((each) => each.dispose())
    },
  )

  it('goes on with its noise where it was saved', async () => {
    const model = nested.make()
    const target = transferLayersModel(model, { strategy: 'ptu', cut: 'second', head: 3, unit: { branches: 3 } })
    const x = examplesFor(nested, 4)
    const noisy = (each: LayersModel): readonly number[] =>
      scope(() => [...(each.apply(x, { training: true }) as Tensor).dataSync()])
    const first = noisy(target)
    await target.save(fileHandler(join(folder, 'noise')))
    const again = await loadLayersModel(fileHandler(join(folder, 'noise')))
    const second = noisy(target)
    expect(noisy(again)).toEqual(second)
    expect(second).not.toEqual(first)
    x.dispose()
    ;[model, target, again].forEach((each) => each.dispose())
  })

  it('when folded, loads in a process that has tfjs and no ptu', async () => {
    const path = await savedPlain('plain')
    const script = join(import.meta.dirname, 'plain-user.mjs')
    const answer = execFileSync(process.execPath, [script, path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { classes, output } = JSON.parse(answer) as { classes: readonly string[]; output: readonly number[] }
    const model = await loadLayersModel(fileHandler(path))
    const x = examplesFor(nested, 1, 3)
    expect(classes).toEqual(model.layers.map((layer) => layer.getClassName()))
    const ones = scope(() => [...(model.predict(x.onesLike()) as Tensor).dataSync()])
    expect(output).toBeAllClose(ones)
    x.dispose()
    model.dispose()
  })
})

describe('fileHandler', () => {
  it('loads models in a model, applied once or twice, and they transfer', async () => {
    const encoder = sequential({
      name: 'encoder',
      layers: [layers.dense({ units: 3, inputShape: [3], name: 'inside' })],
    })
    const x = input({ shape: [3] })
    const twice = encoder.apply(encoder.apply(x)) as SymbolicTensor
    const outer = modelOf({
      inputs: x,
      outputs: layers.dense({ units: 2, name: 'end' }).apply(twice) as SymbolicTensor,
    })
    for (const [name, model] of Object.entries({ once: modelsInside.make(), twice: outer })) {
      await model.save(fileHandler(join(folder, name)))
      const again = await loadLayersModel(fileHandler(join(folder, name)))
      const target = transferLayersModel(again, { strategy: 'share', cut: 'end', head: [] })
      const data = scope(() => ones([2, model.inputs[0]?.shape[1] ?? 1]))
      expect(predicted(again, data)).toEqual(predicted(model, data))
      expect(predicted(target, data)).toBeAllClose(predicted(model, data), { absolute: 1e-6 })
      data.dispose()
      // What is applied twice outlives its model: tfjs counts a reference for each application.
      for (const { val } of [model, again, target].flatMap((each) => each.weights) as unknown as { val: Variable }[])
        val.dispose()
    }
  })

  it('refuses a layer that reads an application which a model in it does not have', async () => {
    const model = modelsInside.make()
    await model.save(fileHandler(join(folder, 'applications')))
    model.dispose()
    const file = join(folder, 'applications', 'model.json')
    const text = readFileSync(file, 'utf8')
    for (const wrong of [text.replace('["inner",1,0', '["inner",2,0'), text.replace('["both",0,0', '["both",1,0')]) {
      expect(wrong).not.toBe(text)
      writeFileSync(file, wrong)
      await expect(loadLayersModel(fileHandler(join(folder, 'applications')))).rejects.toThrow(
        /reads "(inner#2|both#1)", which its modelTopology does not have/,
      )
    }
  })

  type Change = (
    json: { weightsManifest: { paths: unknown[]; weights: { shape: number[] }[] }[] } & Record<string, unknown>,
  ) => void

  const changed = async (name: string, change: Change): Promise<Promise<LayersModel>> => {
    const path = await savedPlain(name)
    const file = join(path, 'model.json')
    const json = JSON.parse(readFileSync(file, 'utf8')) as Parameters<Change>[0]
    change(json)
    writeFileSync(file, JSON.stringify(json))
    return loadLayersModel(fileHandler(path))
  }

  const group: (json: Parameters<Change>[0]) => Parameters<Change>[0]['weightsManifest'][0] = (json) =>
    json.weightsManifest[0] as Parameters<Change>[0]['weightsManifest'][0]

  const layersIn = (
    json: Record<string, unknown>,
  ): { inbound_nodes: unknown[][][]; config: Record<string, unknown> }[] =>
    (
      json as {
        modelTopology: { config: { layers: { inbound_nodes: unknown[][][]; config: Record<string, unknown> }[] } }
      }
    ).modelTopology.config.layers

  const cases: Readonly<Record<string, readonly [Change, RegExp]>> = {
    'a path that leaves the folder': [(json) => (group(json).paths = ['../plain/weights.bin']), /no plain path below/],
    'an absolute path': [(json) => (group(json).paths = ['/etc/passwd']), /no plain path below/],
    'a path that is none': [(json) => (group(json).paths = [7]), /names 7/],
    'a shape far beyond the file': [
      (json) => ((group(json).weights[0] as { shape: number[] }).shape = [2 ** 20, 2 ** 20]),
      /its weights need \d+ bytes/,
    ],
    'a shape beyond any number': [
      (json) => ((group(json).weights[0] as { shape: number[] }).shape = [2 ** 50, 2 ** 50]),
      /larger than any file/,
    ],
    'a shape below the file': [
      (json) => ((group(json).weights[0] as { shape: number[] }).shape = [1]),
      /expected at most \d+ bytes/,
    ],
    'an unknown type': [
      (json) => Object.assign(group(json).weights[0] as object, { dtype: 'string' }),
      /is of type "string"/,
    ],
    'no manifest': [(json) => delete (json as Record<string, unknown>)['weightsManifest'], /is not a list/],
    'no topology': [(json) => delete json['modelTopology'], /no modelTopology/],
    'a GraphModel': [(json) => (json['format'] = 'graph-model'), /got graph-model: load it .* with fromGraphModel/],
    'a model of another format': [(json) => (json['format'] = 'odd'), /expected the format layers-model, got "?odd/],
    'a layer that reads its own output': [
      (json) => {
        const all = layersIn(json)
        const [, second] = all
        const last = all.at(-1) as { config: { name?: unknown } }
        ;((second as (typeof all)[0]).inbound_nodes[0] as unknown[][])[0] = [last.config.name, 0, 0, {}]
      },
      /reads what is made of its own output/,
    ],
    'a layer that reads one that is not there': [
      (json) => {
        const [, second] = layersIn(json)
        ;((second as { inbound_nodes: unknown[][][] }).inbound_nodes[0] as unknown[][])[0] = ['ghost', 0, 0, {}]
      },
      /reads "ghost#0"/,
    ],
    'more units than weights': [
      (json) => ((layersIn(json).at(-1) as { config: Record<string, unknown> }).config['units'] = 2 ** 40),
      /a layer has units 1099511627776, the file has \d+ weights/,
    ],
    'an unknown layer': [
      (json) => ((layersIn(json).at(-1) as unknown as Record<string, unknown>)['class_name'] = 'Ghost'),
      /Unknown layer: Ghost/,
    ],
  }

  it.each(Object.entries(cases))('refuses %s', async (name, [change, message]) => {
    await expect(changed(name.replaceAll(' ', '-'), change)).rejects.toThrow(message)
  })

  it('refuses weights of which a bit was changed, or the end cut off', async () => {
    const path = await savedPlain('flipped')
    const file = join(path, 'weights.bin')
    const bytes = readFileSync(file)
    bytes[3] = (bytes[3] ?? 0) ^ 1
    writeFileSync(file, bytes)
    await expect(loadLayersModel(fileHandler(path))).rejects.toThrow(/checksum of its weights does not match/)
    writeFileSync(file, bytes.subarray(0, -4))
    await expect(loadLayersModel(fileHandler(path))).rejects.toThrow(/its weights need/)
  })

  it('refuses a link that leaves the folder', async () => {
    const path = await savedPlain('linked')
    const outside = await savedPlain('outside')
    rmSync(join(path, 'weights.bin'))
    symlinkSync(join(outside, 'weights.bin'), join(path, 'weights.bin'))
    await expect(loadLayersModel(fileHandler(path))).rejects.toThrow(/a link that leaves the folder/)
  })

  it('refuses text that is cut, and says where nothing is', async () => {
    const path = await savedPlain('cut')
    const file = join(path, 'model.json')
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -9))
    await expect(loadLayersModel(fileHandler(path))).rejects.toThrow(/cannot load .*model.json: it is not JSON/)
    await expect(loadLayersModel(fileHandler(join(folder, 'nowhere')))).rejects.toThrow(/it does not exist/)
  })
})
