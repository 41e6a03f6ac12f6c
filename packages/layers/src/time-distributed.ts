import { ShapeError } from '@ptu/core'
import { scope, type ParamTree } from '@ptu/tensor'
import { reshape } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { keepRealSteps, type MaskedOptions } from './sequence.ts'
import type { Structure } from './structure.ts'

/**
 * The same layer at each step, `[batch, steps, ...] -> [batch, steps, ...]` for a layer of `[batch, ...]`.
 *
 * The structure of a single layer is kept at each step; that of a `serial` is lost, so wrap its parts one by one.
 * Activations need no wrapping. If masked, steps of padding stay 0.
 *
 * Throws `ShapeError` for an input without steps.
 *
 * @example
 * ```ts
 * const tagger = serial(embedding(5000, 32), bidirectional(gru(32)), timeDistributed(dense(12)))
 * ```
 */
export const timeDistributed = <P extends ParamTree>(
  layer: Layer<P>,
  { masked = false }: MaskedOptions = {},
): Layer<P> => {
  const name = `timeDistributed(${layer.spec.type})`
  return {
    spec: { type: 'timeDistributed', layer: layer.spec, masked },
    structure: atEachStep(layer.structure),
    output: ([steps = 0, ...input]) => {
      if (steps < 1 || input.length === 0)
        throw new ShapeError(`${name}: expected [batch, steps, ...], got [batch, ${[steps, ...input].join(', ')}]`)
      return [steps, ...layer.output(input)]
    },
    init: (key, [, ...input]) => layer.init(key, input),
    apply: (params, x, mode) =>
      scope(() => {
        const [batch = 1, steps = 1, ...input] = x.shape
        const y = layer.apply(params, reshape(x, [batch * steps, ...input]), mode)
        const sequence = reshape(y, [batch, steps, ...y.shape.slice(1)])
        return masked ? keepRealSteps(x, sequence) : sequence
      }),
  }
}

const atEachStep = <P extends ParamTree>(structure: Structure<P>): Structure<P> => {
  if (structure.kind === 'homogeneous') return structure
  if (structure.kind !== 'affine') return { kind: 'opaque' }
  return {
    kind: 'affine',
    scale: (params, factor) => structure.scale(params, factor),
    ...(structure.rescale && { rescale: structure.rescale.bind(structure) }),
  }
}
