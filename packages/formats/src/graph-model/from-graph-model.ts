import { isRecord, messageOf } from '@ptu/core'
import { fromFunction, ImportError, type SourceNetwork } from '@ptu/networks'
import { scope, type Shape } from '@ptu/tensor'
import { zeros, type Tensor } from '@tensorflow/tfjs-core'
import type { Either } from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import { isSize, shown } from '../layers-model/fields.ts'
import { checkSize } from '../layers-model/translate.ts'

/** The part of a `tf.GraphModel` that is used. */
export interface GraphModelLike {
  readonly inputs: readonly { readonly name: string; readonly shape?: readonly number[] }[]
  /** The values of nodes; the caller owns them. */
  execute(inputs: Tensor, outputs: string[]): Tensor | Tensor[]
}

/**
 * A tf.GraphModel as a source that cannot be looked into: one block for each of the named nodes, input side first.
 *
 * Runs it once on zeros to learn the shapes, so `input` is needed only where the model does not say its own. Borrows the
 * model for the source's life. See {@link fromFunction} for what can be done with such a source.
 *
 * A Left says what was given that is no such model or no names, which node or shape is in the way, or that the model needs `executeAsync`.
 *
 * @example
 * ```ts
 * const opened = (model: GraphModelLike) => fromGraphModel(model, ['MobilenetV2/expanded_conv_6/output'], { input: [96, 96, 3] })
 * ```
 */
export const fromGraphModel = (
  model: GraphModelLike,
  nodes: readonly string[],
  { input }: { readonly input?: Shape } = {},
): Either<ImportError, SourceNetwork> =>
  attempt(() => {
    checkModel(model)
    checkNames(nodes)
    const shape = inputShape(model, input)
    const run = (x: Tensor): readonly Tensor[] => [model.execute(x, [...nodes])].flat()
    const shapes = shapesAt(run, shape)
    return fromFunction(run, Object.fromEntries(nodes.map((name, i) => [name, shapes[i] ?? []])))
  })

/** Checks what comes from JavaScript without types. */
const checkModel = (model: unknown): void => {
  const like = Object(model) as Partial<Record<keyof GraphModelLike, unknown>>
  if (Array.isArray(like.inputs) && like.inputs.every(isRecord) && typeof like.execute === 'function') return
  const fields = model instanceof Object ? `an object with ${Object.keys(model).join(', ') || 'nothing'}` : shown(model)
  throw new ImportError(
    `expected a tf.GraphModel, with inputs and execute, got ${fields.slice(0, 200)}; await tf.loadGraphModel, and for other functions use fromFunction`,
  )
}

const checkNames = (nodes: unknown): void => {
  const isList = Array.isArray(nodes) && nodes.every((name) => typeof name === 'string')
  if (!isList || nodes.length === 0 || new Set(nodes).size < nodes.length)
    throw new ImportError(`expected a list of nodes, each named once, got ${shown(nodes)}`)
}

const inputShape = ({ inputs }: GraphModelLike, wanted: Shape | undefined): Shape => {
  const [first, ...others] = inputs
  if (first === undefined || others.length > 0)
    throw new ImportError(`expected a model with one input, it has ${inputs.length}; use fromFunction`)
  const [batch = -1, ...own] = first.shape ?? []
  if (batch > 0)
    throw new ImportError(
      `expected a model of any number of examples, the input ${first.name} takes ${batch} at a time; convert it again with a batch of unknown size, or compute its features beforehand`,
    )
  const shape = wanted ?? own
  if (!shape.every((size) => isSize(size)))
    throw new ImportError(
      `expected to know the shape of the input ${first.name}, got ${shown(shape)}; say it with input`,
    )
  checkSize(first.name, shape)
  return shape
}

const shapesAt = (run: (x: Tensor) => readonly Tensor[], shape: Shape): readonly Shape[] => {
  try {
    return scope(() => run(zeros([1, ...shape])).map((y) => y.shape.slice(1)))
  } catch (cause) {
    throw new ImportError(
      `the model does not run in one step: ${messageOf(cause).slice(0, 400)}; check the names of the nodes, and if it needs executeAsync, compute its features beforehand`,
      { cause },
    )
  }
}
