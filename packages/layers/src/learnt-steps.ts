import { ShapeError } from '@ptu/core'
import { mapParams, scope, truncatedNormal, type Shape } from '@ptu/tensor'
import { mul, ones, reshape, slice, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'

import type { EmbeddingParams } from './embedding.ts'
import type { Initializer } from './initializers.ts'
import type { Layer, LayerSpec } from './layer.ts'
import { checkCount } from './options.ts'
import { realSteps, sequenceShape } from './sequence.ts'

/** The spread of what is added to embeddings at the start: that of BERT and of the vision transformers. */
const small: Initializer = (key, shape) => truncatedNormal(key, shape, 0.02)

/** The settings of a layer whose output is rows of a table, whatever its input. */
interface LearntSteps {
  readonly spec: LayerSpec
  /** The name in messages. */
  readonly name: string
  readonly masked: boolean
  readonly rows: number
  readonly initializer?: Initializer
  /** Throws `ShapeError` for a number of steps that the layer does not take. */
  readonly check: (steps: number) => void
  /** Rows of the table for the steps of an input, `[1, steps, features]` or `[1, 1, features]`. */
  readonly pick: (table: Tensor2D, steps: number) => Tensor
}

/**
 * A layer whose output is the rows of a table that `pick` chooses. It is linear in the table, and reads nothing of its input but
 * the shape and, if masked, which steps are padding: there it gives zeros.
 */
export const learntSteps = (options: LearntSteps): Layer<EmbeddingParams> => {
  const { spec, name, masked, rows, initializer = small, check, pick } = options
  checkCount(name, 'the number of vectors', rows)
  const shapeOf = (input: Shape): readonly [number, number] => {
    const shape = sequenceShape(name, input)
    check(shape[0])
    return shape
  }
  return {
    spec,
    structure: { kind: 'affine', scale: (params, factor) => mapParams(params, (leaf) => mul(leaf, factor)) },
    output: shapeOf,
    init: (key, input) => {
      const [, features] = shapeOf(input)
      return { table: initializer(key, [rows, features], { in: 1, out: features }) }
    },
    apply: ({ table }, x) =>
      scope(() => {
        const [steps] = shapeOf(x.shape.slice(1))
        return mul(pick(table as Tensor2D, steps), masked ? realSteps(x) : ones([x.shape[0], steps, 1]))
      }),
  }
}

/** The first rows of a table, `[1, count, features]`. */
export const firstRows = (table: Tensor2D, count: number): Tensor => {
  const [, features] = table.shape
  return reshape(slice(table, [0, 0], [count, features]), [1, count, features])
}

/** Throws `ShapeError` for more steps than a table has rows. */
export const checkSteps = (name: string, most: number, steps: number): void => {
  if (steps > most) throw new ShapeError(`${name}: expected at most ${most} steps, got ${steps}; cut the sequence`)
}
