import { ImportError } from '@ptu/networks'
import { scope, type Shape } from '@ptu/tensor'
import { reshape, tensor, transpose } from '@tensorflow/tfjs-core'

import type { TensorTable } from '../architectures/architecture.ts'
import { shownShape } from '../shown.ts'
import { countOf, type StoredTensor } from '../stored-tensor.ts'

/**
 * A tensor of a file under the name and in the shape that a layer asks for: the numbers of one tensor from `offset` on, or of
 * several tensors one after another.
 */
export interface View {
  readonly name: string
  readonly shape: Shape
  /** The tensors of the file. */
  readonly of: readonly string[]
  /** The first number that is taken. Default 0. */
  readonly offset?: number
}

/** The tensors of a file with views added, and the tensors that stand behind each name. */
export interface Viewed {
  readonly tensors: TensorTable
  readonly origins: (name: string) => readonly string[]
}

/**
 * Adds views to the tensors of a file. A view of a tensor that is missing is left out; one of
 * a tensor of another shape throws `ImportError`.
 */
export const withViews = (tensors: TensorTable, views: readonly View[]): Viewed => {
  const made = new Map(views.map((view) => [view.name, view]))
  const found = [...made.values()].flatMap((view) => {
    const parts = view.of.flatMap((name) => tensors.get(name) ?? [])
    if (parts.length !== view.of.length) return []
    if (!fits(view, parts)) throw misfit(view, parts)
    return [[view.name, viewOf(view, parts)] as const]
  })
  return {
    tensors: new Map([...tensors, ...found]),
    origins: (name) => made.get(name)?.of ?? [name],
  }
}

/** Tells whether tensors hold exactly the numbers of a view, along the same axes but for those of size 1. */
const fits = ({ shape, offset = 0 }: View, parts: readonly StoredTensor[]): boolean => {
  const size = parts.reduce((sum, part) => sum + countOf(part.shape), 0)
  if (offset + countOf(shape) !== size) return false
  const whole = offset === 0 && parts.length === 1
  return parts.every((part) => (whole ? longAxes(part.shape) === longAxes(shape) : part.shape.at(-1) === shape.at(-1)))
}

const misfit = ({ of, shape, offset = 0 }: View, parts: readonly StoredTensor[]): ImportError => {
  const rows = (offset + countOf(shape)) / (shape.at(-1) ?? 1)
  const wanted = offset === 0 ? shownShape(shape) : shownShape([rows, ...shape.slice(1)])
  const got = parts.map((part) => shownShape(part.shape)).join(' and ')
  return new ImportError(
    `tensor ${of.join(' and ')}: expected the numbers of shape ${wanted} that config.json describes, got ${got}; is it the config.json of these weights?`,
  )
}

const longAxes = (shape: Shape): string => shape.filter((size) => size !== 1).join()

const viewOf = ({ name, shape, offset = 0 }: View, parts: readonly StoredTensor[]): StoredTensor => {
  const refused = parts.find((part) => part.refused !== undefined)?.refused
  const values = (): Float32Array => {
    if (refused !== undefined) throw new ImportError(`tensor ${name}: ${refused}`)
    const [first] = parts
    const all = parts.length === 1 && first ? first.values() : joined(parts)
    return all.slice(offset, offset + countOf(shape))
  }
  return {
    ...{ name, shape, dtype: parts[0]?.dtype ?? 'float32', values },
    ...(refused !== undefined && { refused }),
    tensor: () => tensor(values(), [...shape], 'float32'),
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
