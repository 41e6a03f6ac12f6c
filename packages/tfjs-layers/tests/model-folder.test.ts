import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { disposeParams, scope, type ParamTree } from '@ptu/tensor'
import { io, tensor, type Tensor } from '@tensorflow/tfjs-core'
import { layers, loadLayersModel, sequential, type LayersModel } from '@tensorflow/tfjs-layers'
import type { Either } from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'

import {
  checkParity,
  decodeParity,
  encodeParity,
  fileHandler,
  modelFolderFiles,
  photoLayersModel,
  saveModelFolder,
  type ModelFolderOptions,
  type Parity,
  type PhotoModelOptions,
} from '../src/index.ts'
import { network, options, pixelsFrom, probabilitiesOf, scattered } from './photos.ts'

const home = mkdtempSync(join(tmpdir(), 'ptu-model-folder-'))

afterAll(() => {
  rmSync(home, { recursive: true })
})

const square: PhotoModelOptions = { ...options, size: [6, 6], labels: ['cat', 'a\nb', 'fox'] }

const inputs = [1, 2, 3].map((seed) => pixelsFrom(seed, 6 * 6 * 3))

/** Gives a photo model, its parameters and what the network makes of the inputs; frees them. */
const withModel = async (
  use: (made: { model: LayersModel; expected: readonly (readonly number[])[] }) => Promise<void>,
  changes: Partial<PhotoModelOptions> = {},
): Promise<void> => {
  const given = { ...square, ...changes }
  const params: ParamTree = scattered(network(), [...given.size, 3])
  const model = photoLayersModel(network(), params, given)
  const expected = inputs.map((pixels) => probabilitiesOf(network(), params, pixels, square))
  try {
    await use({ model, expected })
  } finally {
    model.dispose()
    disposeParams(params)
  }
}

const rightOf = <A>(result: Either<Error, A>): A => {
  if (result._tag === 'Left') throw result.left
  return result.right
}

const save = async (folder: string, given: ModelFolderOptions & { replace?: boolean }): Promise<readonly string[]> =>
  rightOf(await saveModelFolder(join(home, folder), given)())

const textIn = (folder: string, file: string): string => readFileSync(join(home, folder, file), 'utf8')

const jsonIn = (folder: string, file: string): unknown => JSON.parse(textIn(folder, file))

const files = [
  'index.html',
  'labels.txt',
  'model.json',
  'parity.json',
  'pixels.js',
  'teachable-machine/metadata.json',
  'teachable-machine/model.json',
  'weights.bin',
]

/** Loads as a browser does: weights by their path from the place of `model.json`. */
const loadedAsInPage = async (folder: string, below: string): Promise<LayersModel> => {
  const json = jsonIn(folder, `${below}/model.json`) as io.ModelJSON
  const [group] = json.weightsManifest
  const bytes = readFileSync(join(home, folder, below, group?.paths[0] ?? ''))
  return loadLayersModel(
    io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: group?.weights ?? [],
      weightData: Uint8Array.from(bytes).buffer,
    }),
  )
}

describe('saveModelFolder', () => {
  it('writes a model that loads, its labels, and what it must compute', () =>
    withModel(async ({ model, expected }) => {
      expect(await save('all', { model, inputs, expected, files: { 'notes.txt': 'mine' } })).toEqual(
        [...files, 'notes.txt'].toSorted(),
      )
      expect(textIn('all', 'labels.txt')).toBe('cat\na b\nfox\n')
      expect(textIn('all', 'notes.txt')).toBe('mine')
      const parity = rightOf(decodeParity(jsonIn('all', 'parity.json')))
      expect(parity).toEqual({
        shape: [6, 6, 3],
        tolerance: 1e-4,
        examples: inputs.map((pixels, i) => ({ pixels, probabilities: expected[i] })),
      })
      const again = await loadLayersModel(fileHandler(join(home, 'all')))
      expect(await checkParity(again, parity)).toBeLessThan(1e-6)
      expect(again.getUserDefinedMetadata()).toMatchObject({ labels: square.labels, photo: { size: [6, 6] } })
      again.dispose()
    }))

  it('takes what the model gives for what is expected, where nothing is', () =>
    withModel(async ({ model, expected }) => {
      await save('own', { model, inputs })
      const { examples } = rightOf(decodeParity(jsonIn('own', 'parity.json')))
      expect(examples.map(({ probabilities }) => probabilities)).toHaveLength(3)
      expect(examples.flatMap(({ probabilities }) => probabilities)).toBeAllClose(expected.flat())
    }))

  it("predicts the same from what Teachable Machine's loader makes of pixels", () =>
    withModel(async ({ model, expected }) => {
      await save('teachable', { model, inputs, facts: { seed: 3 } })
      const loaded = await loadedAsInPage('teachable', 'teachable-machine')
      inputs.forEach((pixels, i) => {
        const x = Float32Array.from(pixels, (pixel) => pixel / 127 - 1)
        scope(() => {
          expect(loaded.predict(tensor(x, [1, 6, 6, 3])) as Tensor).toBeAllClose(
            tensor([...(expected[i] ?? [])], [1, 3]),
            { absolute: 1e-5 },
          )
        })
      })
      expect(jsonIn('teachable', 'teachable-machine/metadata.json')).toMatchObject({
        ...{ packageName: '@teachablemachine/image', labels: square.labels, imageSize: 6, grayscale: false },
        ...{ modelName: 'ptu', userMetadata: { seed: 3 } },
      })
      loaded.dispose()
    }))

  it('leaves out Teachable Machine where pictures are not square', () =>
    withModel(
      async ({ model }) => {
        const saved = await save('oblong', { model, inputs: [pixelsFrom(1, 6 * 5 * 3)] })
        expect(saved).toEqual(files.filter((name) => !name.startsWith('teachable')))
      },
      { size: [6, 5] },
    ))

  it('writes nothing where the model is not what was trained', () =>
    withModel(async ({ model, expected }) => {
      const off = expected.map((each, i) => (i === 1 ? each.map((p, k) => p + (k === 2 ? 2e-4 : 0)) : each))
      const result = await saveModelFolder(join(home, 'off'), { model, inputs, expected: off })()
      expect(result).toMatchObject({ _tag: 'Left', left: { name: 'ParityError' } })
      expect(existsSync(join(home, 'off'))).toBe(false)
    }))

  it('keeps what is in a folder, unless it is to be replaced', () =>
    withModel(async ({ model }) => {
      mkdirSync(join(home, 'kept'))
      writeFileSync(join(home, 'kept', 'precious.txt'), 'mine')
      await expect(save('kept', { model, inputs })).rejects.toThrow(/holds files already; name another folder/)
      expect(readdirSync(join(home, 'kept'))).toEqual(['precious.txt'])
      await save('kept', { model, inputs, replace: true })
      expect(readdirSync(join(home, 'kept'))).not.toContain('precious.txt')
      expect(readdirSync(join(home, 'kept'))).toContain('model.json')
    }))

  it('writes into an empty folder and through a link to one', () =>
    withModel(async ({ model }) => {
      mkdirSync(join(home, 'empty'))
      symlinkSync(join(home, 'empty'), join(home, 'link'))
      await save('link', { model, inputs })
      expect(readdirSync(join(home, 'empty'))).toContain('model.json')
    }))

  it('refuses the name of a file', () =>
    withModel(async ({ model }) => {
      writeFileSync(join(home, 'file'), 'mine')
      await expect(save('file', { model, inputs, replace: true })).rejects.toThrow(/it is a file; name a folder/)
      expect(textIn('.', 'file')).toBe('mine')
    }))

  it('leaves no half folder where a file cannot be written', () =>
    withModel(async ({ model }) => {
      const before = readdirSync(home).toSorted()
      await expect(save('half', { model, inputs, files: { ['x'.repeat(300)]: 'too long a name' } })).rejects.toThrow(
        /cannot write/,
      )
      expect(readdirSync(home).toSorted()).toEqual(before)
    }))

  it.each([
    [{ inputs: [] }, /expected inputs of 108 pixels \(6 × 6 × 3\), got none/],
    [{ inputs: [new Uint8Array(107)] }, /expected inputs of 108 pixels \(6 × 6 × 3\), got 107/],
    [{ expected: [[1, 0, 0]] }, /probabilities for each of 3 inputs, got 1/],
    [{ files: { '../escape': '' } }, /to be plain and not one of .* got \.\.\/escape/],
    [{ files: { 'model.json': '' } }, /to be plain and not one of/],
  ])('throws for %j', (changes, message) =>
    withModel(async ({ model }) => {
      await expect(save('bug', { model, inputs, ...changes })).rejects.toThrow(message)
      expect(existsSync(join(home, 'bug'))).toBe(false)
    }),
  )

  it('throws for a model that is not for photos', async () => {
    const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] })
    await expect(modelFolderFiles({ model, inputs })).rejects.toThrow(/expected a model of photoLayersModel/)
    model.dispose()
  })
})

describe('a parity', () => {
  const parity: Parity = {
    shape: [1, 2, 1],
    tolerance: 1e-4,
    examples: [{ pixels: Uint8Array.of(0, 255), probabilities: [0.25, 0.75] }],
  }
  const json = encodeParity(parity) as Record<string, unknown>

  it('is the same when encoded and decoded, large inputs too', () => {
    expect(decodeParity(JSON.parse(JSON.stringify(json)))).toEqual({ _tag: 'Right', right: parity })
    const large = {
      ...parity,
      shape: [200, 300, 1],
      examples: [{ pixels: pixelsFrom(5, 60_000), probabilities: [1] }],
    } as const
    expect(decodeParity(encodeParity(large))).toEqual({ _tag: 'Right', right: large })
  })

  it.each([
    [null, /format ptu-parity/],
    [{ ...json, format: 'other' }, /format ptu-parity/],
    [{ ...json, version: 2 }, /version 1/],
    [{ ...json, shape: [1, 2] }, /height, width and channels/],
    [{ ...json, shape: [1, -2, 1] }, /height, width and channels/],
    [{ ...json, tolerance: 0 }, /a tolerance above 0/],
    [{ ...json, examples: [] }, /examples with 2 pixels/],
    [{ ...json, examples: [{ pixels: 'AA==', probabilities: [1] }] }, /examples with 2 pixels/],
    [{ ...json, examples: [{ pixels: '&', probabilities: [1] }] }, /examples with 2 pixels/],
    [{ ...json, examples: [{ pixels: 'AP8=', probabilities: ['1'] }] }, /examples with 2 pixels/],
  ])('refuses %j', (broken, message) => {
    const result = decodeParity(broken)
    expect(result).toMatchObject({ _tag: 'Left', left: { name: 'CorruptFileError' } })
    expect(() => rightOf(result)).toThrow(message)
  })

  it('is missed by the largest difference of all classes of all inputs', () =>
    withModel(async ({ model, expected }) => {
      const examples = inputs.map((pixels, i) => ({ pixels, probabilities: [...(expected[i] ?? [])] }))
      const [first, second] = examples
      if (first && second)
        [first.probabilities[0], second.probabilities[2]] = [
          (first.probabilities[0] ?? 0) + 0.1,
          (second.probabilities[2] ?? 0) - 0.3,
        ]
      expect(await checkParity(model, { shape: [6, 6, 3], tolerance: 1e-4, examples })).toBeCloseTo(0.3, 5)
      const [one] = inputs
      const short = [{ pixels: one ?? new Uint8Array(), probabilities: [0.5, 0.5] }]
      expect(await checkParity(model, { shape: [6, 6, 3], tolerance: 1e-4, examples: short })).toBeNaN()
    }))
})
