import type { Layer } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'

/** Layers whose kernel joins every input channel with every output channel. */
const joining: ReadonlySet<string> = new Set(['dense', 'conv1d', 'conv2d'])

/**
 * A lower bound on the number of a layer's parameters, for an input of a shape. No parameter is made.
 *
 * A file that describes a network and holds fewer parameters than this is false; making its network would take the
 * memory that it claims.
 *
 * @example
 * ```ts
 * expect(leastParameters(serial(dense(1_000_000), dense(1_000_000)), [10])).toBeGreaterThan(1e12)
 * ```
 */
export const leastParameters = (layer: Layer, input: Shape): number => {
  const { structure, spec } = layer
  if (structure.kind !== 'composite')
    return joining.has(spec.type) ? (input.at(-1) ?? 1) * (layer.output(input).at(-1) ?? 1) : 0
  const isChain = structure.flow === 'chain'
  let [at, sum] = [input, 0]
  for (const part of structure.parts) {
    sum += leastParameters(part, at)
    if (isChain) at = part.output(at)
  }
  return sum
}
