import { sourceOf } from '@ptu/core'
import { ImportError, freeze, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { embedding, hardSigmoid, lastStep, recurrentVariant, serial, type Layer } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import type { Either } from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import { unpickle } from '../pytorch/unpickle.ts'
import { isKind, itemsOf, type Value } from '../pytorch/value.ts'
import { emptyWorld } from '../pytorch/world.ts'
import { readTensorFile, type NamedBytes } from '../read-tensor-file.ts'
import { shown, shownShape } from '../shown.ts'

/** A network of chars2vec. The caller owns `source`. */
export interface CharacterModel {
  /** Blocks `characters`, `lstm_1`, `lstm_2`: `[batch, steps] -> [batch, units]`. */
  readonly source: SourceNetwork<OpenBlock>
  /** The characters that it knows, by their numbers; token 0 is padding, 1 an unknown character, `2 + i` the character `i`. */
  readonly characters: readonly string[]
  readonly units: number
}

/** More characters or units are refused: no published network has as many. */
const largest = 4096

/** More bytes are refused as a list of characters. */
const longest = 2 ** 20

/**
 * Opens a network of chars2vec, two LSTMs over the characters of a text: its weights of Keras and its pickled list of characters, which is
 * read as data.
 *
 * Characters are rows of a table as Keras has them, one 1 each; an unknown one is a step that adds nothing to the gates. The gates are
 * hard sigmoids, `max(0, min(1, x/5 + 1/2))`, as in Keras 2.2, with which the published networks were trained. Padding stands behind a
 * text and is skipped, so that a text has the vector that Keras gives to it alone; a step at which all states are 0 counts as padding.
 *
 * A Left says which file is wrong.
 *
 * References:
 *   Intuition Engineering, "chars2vec" 0.1.7, 2019, https://pypi.org/project/chars2vec/
 */
export const openChars2vec = (weights: NamedBytes, list: NamedBytes): Either<ImportError, CharacterModel> =>
  attempt(() => {
    const { units, characters } = charactersIn(list)
    const count = characters.length
    const { tensors } = readTensorFile(weights)
    const find = (name: string, shape: Shape): Float32Array => {
      const found = tensors.find((stored) => stored.name.replace(/:0$/, '').endsWith(name))
      if (found?.shape.join() !== shape.join())
        throw new ImportError(
          `${shown(weights.name)}: expected ${name} ${shownShape(shape)} for ${count} characters and ${units} units of ` +
            `${shown(list.name)}, got ${found === undefined ? 'none' : shownShape(found.shape)}`,
        )
      return found.values()
    }
    const values = ['lstm_1', 'lstm_2'].map((layer, i) => ({
      kernel: find(`${layer}/kernel`, [i === 0 ? count : units, 4 * units]),
      recurrentKernel: find(`${layer}/recurrent_kernel`, [units, 4 * units]),
      bias: find(`${layer}/bias`, [4 * units]),
    }))
    const source = freeze(bodyOf(count, units), [
      { table: tableOf(count) },
      ...values.map((each, i): ParamTree => {
        // Unknown characters have a number of their own, whose row is 0.
        const kernel = i === 0 ? Float32Array.of(...new Float32Array(4 * units), ...each.kernel) : each.kernel
        const params = {
          kernel: tensor(kernel, [kernel.length / (4 * units), 4 * units]),
          recurrentKernel: tensor(each.recurrentKernel, [units, 4 * units]),
          bias: tensor(each.bias),
        }
        return i === 0 ? params : [params, []]
      }),
    ])
    return { source, characters, units }
  })

const masked = { masked: true } as const

const bodyOf = (count: number, units: number) => {
  const lstm = (): Layer => recurrentVariant('lstm', units, { gate: hardSigmoid(0.2), ...masked })
  return [
    { name: 'characters', layer: embedding(count + 2, count + 1, masked) },
    { name: 'lstm_1', layer: lstm() },
    { name: 'lstm_2', layer: serial(lstm(), lastStep(masked)) },
  ]
}

/** `[count + 2, count + 1]`: a 1 for each token but that of padding. */
const tableOf = (count: number): Tensor => {
  const rows = new Float32Array((count + 2) * (count + 1))
  for (let token = 1; token < count + 2; token++) rows[token * (count + 1) + token - 1] = 1
  return tensor(rows, [count + 2, count + 1])
}

const isSize = (value: Value | undefined): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= largest

/** The characters at their numbers; undefined unless each number from 0 on has one of its own. */
const charactersAt = (places: ReadonlyMap<Value, Value>): readonly string[] | undefined => {
  const characters = Array<string>(places.size).fill('')
  for (const [character, place] of places) {
    if (typeof character !== 'string' || Array.from(character).length !== 1 || typeof place !== 'number')
      return undefined
    characters[place] = character
  }
  const isFull = characters.length === places.size && !characters.includes('')
  return isFull && new Set(characters).size === characters.length ? characters : undefined
}

/** The list `[units, {character: number}]`. Throws `ImportError`. */
const charactersIn = ({
  name,
  bytes,
}: NamedBytes): { readonly units: number; readonly characters: readonly string[] } => {
  const file = sourceOf(bytes)
  const list = file.length <= longest ? unpickle(file.range(0, file.length), 0, emptyWorld).value : undefined
  const [units, places, ...more] = itemsOf(list) ?? []
  const entries = isKind(places, 'dict') && isSize(places.entries.size) ? places.entries : undefined
  const characters = entries === undefined ? undefined : charactersAt(entries)
  if (!isSize(units) || characters === undefined || more.length > 0)
    throw new ImportError(
      `${shown(name)}: expected the list of chars2vec: a number of units, and a dictionary of characters and their numbers from 0`,
    )
  return { units, characters }
}
