import { ImportError } from '@ptu/networks'
import { scope, type Shape } from '@ptu/tensor'
import { reshape, tensor, transpose } from '@tensorflow/tfjs-core'

import { shownShape } from '../shown.ts'
import { countOf, type StoredTensor } from '../stored-tensor.ts'
import type { TensorTable } from './architecture.ts'

/** A tensor that a file is to hold. */
export interface Part {
  readonly name: string
  readonly shape: Shape
}

/** A tensor under the name and in the shape that a layer asks for: the numbers of tensors of a file, one after another. */
export interface View {
  readonly name: string
  readonly shape: Shape
  /** The tensors of the file. */
  readonly of: readonly Part[]
  /** The first of their numbers that is taken. Default 0. */
  readonly offset?: number
  /** Makes the numbers that the layer gets of those that are taken; default the same. */
  readonly change?: (taken: Float32Array) => Float32Array
  /** The count of numbers that are taken, where `change` makes more or fewer. */
  readonly count?: number
}

/** The tensors of a file with views added, and the tensors that stand behind each name. */
export interface Viewed {
  readonly tensors: TensorTable
  readonly origins: (name: string) => readonly Part[] | undefined
}

/** Adds views to the tensors of a file; those whose tensors are missing or have other shapes are left out. */
export const withViews = (tensors: TensorTable, views: readonly View[]): Viewed => {
  const made = new Map(views.map((view) => [view.name, view]))
  const found = [...made.values()].flatMap((view) => {
    const parts = view.of.flatMap(({ name, shape }) => {
      const part = tensors.get(name)
      return part?.shape.join() === shape.join() ? [part] : []
    })
    return parts.length === view.of.length ? [[view.name, viewOf(view, parts)] as const] : []
  })
  return {
    tensors: found.length === 0 ? tensors : new Map([...tensors, ...found]),
    origins: (name) => made.get(name)?.of,
  }
}

/** Throws `ImportError` for a tensor of a file that has another shape than a view expects. */
export const checkViews = (tensors: TensorTable, views: readonly View[]): void => {
  for (const { name, shape } of views.flatMap(({ of }) => of)) {
    const found = tensors.get(name)?.shape
    if (found !== undefined && found.join() !== shape.join())
      throw new ImportError(
        `tensor ${name}: expected the shape ${shownShape(shape)} that config.json describes, got ${shownShape(found)}; is it the config.json of these weights?`,
      )
  }
}

const viewOf = ({ name, shape, offset = 0, change, count }: View, parts: readonly StoredTensor[]): StoredTensor => {
  const refused = parts.find((part) => part.refused !== undefined)?.refused
  const values = (): Float32Array => {
    if (refused !== undefined) throw new ImportError(`tensor ${name}: ${refused}`)
    const [first] = parts
    const all = parts.length === 1 && first ? first.values() : joined(parts)
    const taken = all.subarray(offset, offset + (count ?? countOf(shape)))
    return change === undefined ? taken : change(taken)
  }
  return {
    ...{ name, shape, dtype: parts[0]?.dtype ?? 'float32', values },
    ...(refused !== undefined && { refused }),
    tensor: () => tensor(values().slice(), [...shape], 'float32'),
    arranged: ({ split, order }) => scope(() => transpose(reshape(tensor(values()), [...split]), [...order])),
  }
}

const joined = (parts: readonly StoredTensor[]): Float32Array => {
  const all = new Float32Array(parts.reduce((sum, part) => sum + countOf(part.shape), 0))
  let at = 0
  for (const part of parts) {
    all.set(part.values(), at)
    at += countOf(part.shape)
  }
  return all
}
