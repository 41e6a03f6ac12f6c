import { ShapeError } from '@ptu/core'
import { disposeParams, scope } from '@ptu/tensor'
import {
  concat,
  matMul,
  mul,
  reshape,
  slice,
  sum,
  tensor2d,
  type Rank,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'

import { completed, gradientAt, type CompleteAttribution } from './attribution.ts'
import type { PathRule } from './gauss-legendre.ts'
import type { Cut } from './network-blocks.ts'
import { outputsAt } from './target.ts'

/** The example at a place, `[1, ...]`. The caller owns it. */
export const exampleAt = (x: Tensor, i: number): Tensor =>
  slice(x, [i, ...x.shape.slice(1).map(() => 0)], [1, ...x.shape.slice(1)])

/** One example's path, cut and class. */
export interface Integral {
  readonly along: (places: readonly number[]) => Tensor
  readonly cut: Cut
  readonly rule: PathRule
  readonly label: number
  readonly chunk: number
}

/** The part of the change of a logit that each unit of a cut carries along a path, and what these parts miss. */
export const integrated = async ({ along, cut, rule, label, chunk }: Integral): Promise<CompleteAttribution> => {
  const outputs = (y: Tensor): Tensor =>
    outputsAt(
      cut.above(y),
      Array.from({ length: y.shape[0] }, () => label),
    )
  const found = scope(() => {
    const ends = cut.below(checked(along([0, 1]), 2))
    const endOutputs = outputs(ends)
    const pieces = chunksOf(rule.nodes, chunk).map((places) =>
      scope(() => {
        const y = cut.below(checked(along(places), places.length))
        return { y, slope: gradientAt(outputs, y) }
      }),
    )
    const units = ends.shape.slice(1)
    const y = concat([exampleAt(ends, 0), ...pieces.map((piece) => piece.y), exampleAt(ends, 1)])
    const steps = matMul(incrementsOf(rule), reshape<Rank.R2>(y, [rule.nodes.length + 2, -1]))
    const slopes = reshape(concat(pieces.map(({ slope }) => slope)), [rule.nodes.length, -1])
    return { values: reshape(sum(mul(slopes, steps), 0), [1, ...units]), ends: endOutputs }
  })
  const [values, [before = NaN, after = NaN]] = await Promise.all([found.values.data(), found.ends.data()])
  const { shape } = found.values
  disposeParams(found)
  return completed(shape, Float32Array.from(values), [after - before])
}

const checked = (points: Tensor, count: number): Tensor => {
  if (points.shape[0] !== count)
    throw new ShapeError(`expected a path of ${count} points, got a tensor [${points.shape.join(', ')}]`)
  return points
}

const chunksOf = (places: readonly number[], size: number): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil(places.length / size) }, (_, i) => places.slice(i * size, (i + 1) * size))

const incrementsOf = ({ nodes, increments }: PathRule): Tensor2D =>
  tensor2d(Float32Array.from(increments.flatMap((row) => [...row])), [nodes.length, nodes.length + 2])
