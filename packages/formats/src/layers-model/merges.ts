import {
  concatenate,
  fixedAffine,
  identity,
  maximum,
  minimum,
  product,
  residual,
  serial,
  type Layer,
} from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import { checkOnly, type Fields } from './fields.ts'
import { plain, type Part } from './part.ts'

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

const same = (shapes: readonly Shape[], { place }: Fields): Shape => {
  const [first = []] = shapes
  if (shapes.some((shape) => shape.join() !== first.join()))
    throw new ImportError(
      `${place}: expected inputs of one shape, got [${shapes.map((shape) => shape.join(', ')).join('] and [')}]`,
    )
  return first
}

/** Layers whose inputs have one shape, taken two by two. */
const inPairs = (combine: (a: Layer, b: Layer) => Layer): Merge => ({
  output: (inputs, config) => same(inputs, config),
  join: (paths) => paths.reduce(both(combine)),
})

const difference: Merge = {
  output: (inputs, config) => {
    if (inputs.length !== 2) throw new ImportError(`${config.place}: expected two inputs, it has ${inputs.length}`)
    return same(inputs, config)
  },
  join: ([first = plain(identity), second = plain(identity)]) =>
    both(residual)(first, both(serial)(second, plain(fixedAffine({ scale: [-1] })))),
}

const products: Merge = {
  output: (inputs, config) => {
    const [first = []] = inputs
    const found = first.map((_, axis) => Math.max(...inputs.map((shape) => shape[axis] ?? 0)))
    const fits = inputs.every((shape) => shape.length === found.length && shape.every((size, axis) => size === 1 || size === found[axis])) // prettier-ignore
    return fits ? found : same(inputs, config)
  },
  join: (paths) => paths.reduce(both(product)),
}

const channels: Merge = {
  output: (inputs, config) => {
    const [first = []] = inputs
    same(
      inputs.map((shape) => shape.slice(0, -1)),
      config,
    )
    checkOnly(config, 'axis', [-1, first.length])
    return [...first.slice(0, -1), inputs.reduce((total, shape) => total + (shape.at(-1) ?? 0), 0)]
  },
  join: (paths) => ({
    layer: concatenate(...paths.map(({ layer }) => layer)),
    params: () => paths.map((path) => path.params()),
  }),
}

/** The layers that read several others. */
export const merges: Readonly<Record<string, Merge>> = {
  Add: inPairs(residual),
  Concatenate: channels,
  Maximum: inPairs(maximum),
  Minimum: inPairs(minimum),
  Multiply: products,
  Subtract: difference,
}
