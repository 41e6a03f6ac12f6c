import type { Layer } from '@ptu/layers'

/** The largest factor that brings pixels from 0 to 255 to a range of a few units. */
const largestFactor = 1 / 16

/** True if a network that begins with this layer begins with a fixed scale that only pixels from 0 to 255 want. */
export const scalesPixels = (layer: Layer | undefined): boolean => {
  const first = layer && firstOf(layer)
  const scale = first?.spec.type === 'fixedAffine' ? (first.spec['scale'] as readonly number[]) : [1]
  return scale.every((factor) => Math.abs(factor) <= largestFactor)
}

const firstOf = (layer: Layer): Layer | undefined => {
  const { structure, spec } = layer
  if (structure.kind !== 'composite' || structure.flow !== 'chain') return spec.type === 'identity' ? undefined : layer
  for (const part of structure.parts) {
    const found = firstOf(part)
    if (found !== undefined) return found
  }
  return undefined
}
