import { bytesIn } from '@ptu/core'
import type { Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { readFileSync } from 'node:fs'

import { stateDictOf, type TrainedNetwork, type WrittenStateDict } from '../src/index.ts'
import { contiguous, countOf, storedTensor, type StoredTensor } from '../src/stored-tensor.ts'

/** The names and shapes of the tensors of known architectures. */
export const names = JSON.parse(readFileSync(new URL('../fixtures/names.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, Shape>>>
>

/** Numbers that differ from place to place, variances among them. */
export const stored = (name: string, shape: Shape, n: number): StoredTensor => {
  const reach = Math.sqrt(6 / countOf(shape.slice(1)))
  const at = (i: number): number => {
    const wave = Math.sin(i * 0.7 + n)
    return shape.length > 1 ? wave * reach : wave / 4 + (/weight|var/.test(name) ? 1 : 0)
  }
  const numbers = (): Float32Array => Float32Array.from({ length: countOf(shape) }, (_, i) => at(i))
  const layout = { shape, strides: contiguous(shape), offset: 0 }
  return storedTensor(name, 'float32', layout, { littleEndian: true, bytes: () => bytesIn(numbers()) })
}

/** The tensors of a known architecture. */
export const tensorsOf = (name: string): ReadonlyMap<string, StoredTensor> =>
  new Map(Object.entries(names[name] ?? {}).map(([one, shape], n) => [one, stored(one, shape, n)]))

/** The state_dict of a network. */
export const written = async (network: TrainedNetwork, input: Shape): Promise<WrittenStateDict> => {
  const made = await stateDictOf(network, input)()
  if (E.isLeft(made)) throw made.left
  return made.right
}
