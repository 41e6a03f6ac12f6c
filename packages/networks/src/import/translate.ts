import { OptionError, ShapeError } from '@ptu/core'
import { shapesOf } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'

import { activationLayers } from './activations.ts'
import { convolutions } from './convolutions.ts'
import { ImportError } from './errors.ts'
import { normalisations } from './normalisations.ts'
import type { Context, Part, Translator } from './part.ts'
import { shapeLayers } from './shape-layers.ts'

const translators: Readonly<Record<string, Translator>> = {
  ...activationLayers,
  ...convolutions,
  ...normalisations,
  ...shapeLayers,
}

/** Outputs of more numbers per example are refused: a description must not make us allocate without bound. */
const largestOutput = 2 ** 28

/** What a layer of a model is in ours, and the shape of its output. Throws {@link ImportError}. */
export const translate = (
  type: string,
  context: Context,
): { readonly parts: readonly Part[]; readonly output: Shape } => {
  const translator = Object.hasOwn(translators, type) ? translators[type] : undefined
  const { place } = context.config
  if (translator === undefined)
    throw new ImportError(
      `${place}: this layer cannot be opened; stop before it with until, or use the model as a black box (fromFunction)`,
    )
  try {
    const parts = translator(context)
    const layers = parts.map(({ layer }) => layer)
    const output = shapesOf(layers, context.input).at(-1) ?? context.input
    checkSize(place, output)
    return { parts, output }
  } catch (cause) {
    if (cause instanceof ShapeError || cause instanceof OptionError)
      throw new ImportError(`${place}: ${cause.message}`, { cause })
    throw cause
  }
}

/** Throws for a shape that is empty or too large. */
export const checkSize = (place: string, shape: Shape): void => {
  const size = shape.reduce((product, n) => product * n, 1)
  if (!(size >= 1 && size <= largestOutput))
    throw new ImportError(`${place}: expected an output of 1 to ${largestOutput} numbers, got [${shape.join(', ')}]`)
}
