import { residual, type Layer } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'

import { ImportError } from './errors.ts'
import type { Fields } from './fields.ts'
import type { Part } from './part.ts'

/** Joins several paths from one input. */
export interface Merge {
  /** The shape that inputs of these shapes become. Throws `ImportError` where they do not fit. */
  output(inputs: readonly Shape[], config: Fields): Shape
  join(paths: readonly Part[]): Part
}

const both =
  (combine: (a: Layer, b: Layer) => Layer) =>
  (a: Part, b: Part): Part => ({
    layer: combine(a.layer, b.layer),
    params: () => [a.params(), b.params()],
  })

const sum: Merge = {
  output: (inputs, { place }) => {
    const [first = []] = inputs
    if (inputs.some((shape) => shape.join() !== first.join()))
      throw new ImportError(
        `${place}: expected inputs of one shape, got [${inputs.map((shape) => shape.join(', ')).join('] and [')}]`,
      )
    return first
  },
  join: (paths) => paths.reduce(both(residual)),
}

/** The layers that read several others. */
export const merges: Readonly<Record<string, Merge>> = { Add: sum }
