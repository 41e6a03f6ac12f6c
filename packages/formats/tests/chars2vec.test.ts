import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { characterTokenizer, openTokenizer } from '@ptu/data'
import type { Json } from '@ptu/core'
import { fromSpec, infer } from '@ptu/layers'
import { disposeSource } from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { openChars2vec, type CharacterModel } from '../src/index.ts'

const fixtures = fileURLToPath(new URL('../fixtures/chars2vec/', import.meta.url))
const published = fileURLToPath(new URL('../../../node_modules/.cache/ptu-weights/chars2vec-eng_50/', import.meta.url))

const golden = JSON.parse(await readFile(`${fixtures}golden.json`, 'utf8')) as Readonly<
  Record<'small' | 'eng_50', Readonly<Record<string, readonly number[]>>>
>

const filesOf = async (folder: string) => {
  const named = async (name: string) => ({ name, bytes: new Uint8Array(await readFile(`${folder}${name}`)) })
  return [await named('weights.h5'), await named('model.pkl')] as const
}

const right = <A>(found: E.Either<Error, A>): A => {
  if (E.isLeft(found)) throw found.left
  return found.right
}

const vectorsOf = ({ source, characters }: CharacterModel, words: readonly string[]): readonly Float32Array[] => {
  const { number } = right(openTokenizer(characterTokenizer(characters), { steps: 24, padding: 0 }))
  const x = tensor(Float32Array.from(words.flatMap((word) => [...number(word).ids])), [words.length, 24])
  const activations = source.activations(x)
  const last = activations.at(-1) as Tensor
  const [values, width] = [last.dataSync() as Float32Array, last.shape[1] ?? 0]
  disposeParams([x, ...activations])
  return words.map((_, i) => values.slice(i * width, (i + 1) * width))
}

const check = async (folder: string, known: Readonly<Record<string, readonly number[]>>): Promise<void> => {
  const model = right(openChars2vec(...(await filesOf(folder))))
  const words = Object.keys(known)
  // All at once, so that each is padded to the longest.
  vectorsOf(model, words).forEach((vector, i) => {
    known[words[i] ?? '']?.forEach((value, at) => {
      expect(Math.abs((vector[at] ?? NaN) - value), `${words[i]} ${at}`).toBeLessThan(2e-6)
    })
  })
  disposeSource(model.source)
}

describe('a network of chars2vec', () => {
  it('gives a text the vector that it has alone, whatever it is padded to: unknown characters, capitals, emoji', async () => {
    await check(fixtures, golden.small)
  })

  it.skipIf(!existsSync(published))('that is published gives its vectors (npm run fetch-weights)', async () => {
    await check(published, golden.eng_50)
  })

  it('has blocks that its own description makes again', async () => {
    const { source, units, characters } = right(openChars2vec(...(await filesOf(fixtures))))
    expect([units, characters]).toEqual([3, ['a', 'b', 'c', '!', 'é']])
    const built = source.blocks.map(({ layer }) => fromSpec(JSON.parse(JSON.stringify(layer.spec)) as Json))
    expect(built.map((layer) => E.isRight(layer) && layer.right.spec)).toEqual(
      source.blocks.map(({ layer }) => layer.spec),
    )
    disposeSource(source)
  })

  it('is refused where its two files do not belong together, and where one is no such file', async () => {
    const [weights, list] = await filesOf(fixtures)
    const messageOf = (found: E.Either<Error, CharacterModel>): string => (E.isLeft(found) ? found.left.message : '')
    const other = { ...list, bytes: Uint8Array.from(list.bytes, (byte, i) => (i === 7 ? 4 : byte)) }
    expect(messageOf(openChars2vec(weights, other))).toMatch(
      /weights\.h5": expected lstm_1\/kernel \[5, 16\] for 5 characters and 4 units of "model\.pkl", got \[5, 12\]/,
    )
    for (const bytes of [Uint8Array.of(0x80, 2, 0x4b, 3, 0x2e), Uint8Array.of(0x80, 2, 0x5d, 0x2e)])
      expect(messageOf(openChars2vec(weights, { ...list, bytes }))).toContain('expected the list of chars2vec')
    const twice = { ...list, bytes: Uint8Array.from(list.bytes, (byte) => (byte === 98 ? 97 : byte)) }
    expect(messageOf(openChars2vec(weights, twice))).toContain('expected the list of chars2vec')
    const program = new TextEncoder().encode('cos\nsystem\n(S"ls"\ntR.')
    expect(messageOf(openChars2vec(weights, { ...list, bytes: program }))).not.toBe('')
    expect(messageOf(openChars2vec({ ...weights, bytes: weights.bytes.subarray(0, 99) }, list))).toContain('weights.h5')
  })

  it('skips padding behind a text, and runs over it where it is not told to', async () => {
    const { source } = right(openChars2vec(...(await filesOf(fixtures))))
    const [, first] = source.blocks
    const x = tensor([0, 1, 0, 0, 0, 0, ...Array<number>(6).fill(0)], [1, 2, 6])
    const y = first?.layer.apply(first.params, x, infer)
    expect([...(y?.dataSync() ?? [])].slice(3).map(Math.abs)).toEqual([0, 0, 0])
    expect(first?.layer.spec).toMatchObject({ type: 'recurrentVariant', masked: true })
    disposeParams(y === undefined ? [x] : [x, y])
    disposeSource(source)
  })
})
