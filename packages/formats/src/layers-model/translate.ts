import { isRecord, OptionError, ShapeError } from '@ptu/core'
import { shapesOf, timeDistributed } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import { activationLayers } from './activations.ts'
import { attentionLayers } from './attention-layers.ts'
import { convolutions } from './convolutions.ts'
import { denseLayers } from './dense-layers.ts'
import { recordAt, shown, textAt, valueAt, type Fields } from './fields.ts'
import { normalisations } from './normalisations.ts'
import type { Context, Part, Translator } from './part.ts'
import { pools } from './pools.ts'
import { recurrentLayers } from './recurrent-layers.ts'
import { shapeLayers } from './shape-layers.ts'

const single: Readonly<Record<string, Translator>> = {
  ...activationLayers,
  ...attentionLayers,
  ...convolutions,
  ...denseLayers,
  ...normalisations,
  ...pools,
  ...recurrentLayers,
  ...shapeLayers,
}

/** Each part of a layer at each step. */
const atEachStep: Translator = (context) => {
  const inner = recordAt(context.config, 'layer')
  const config = { ...recordAt(inner, 'config'), place: context.config.place }
  const translator = translatorOf(single, textAt(inner, 'class_name'), config.place)
  const parts = translator({ ...context, config, input: context.input.slice(1) })
  return parts.map(({ layer, params }) => ({ layer: timeDistributed(layer), params }))
}

/** The translators of layers with one input, by the names that Keras gives to classes. */
export const translators: Readonly<Record<string, Translator>> = { ...single, TimeDistributed: atEachStep }

const translatorOf = (known: Readonly<Record<string, Translator>>, type: string, place: string): Translator => {
  const translator = Object.hasOwn(known, type) ? known[type] : undefined
  if (translator === undefined)
    throw new ImportError(
      `${place}: a layer ${shown(type)} cannot be opened; stop before it with until, or use the model as a black box (fromFunction)`,
    )
  return translator
}

/** Outputs of more numbers per example are refused: a description must not make us allocate without bound. */
const largestOutput = 2 ** 28

/** The layers of ours that a layer of a model is, one after another, and the shape of their output. */
export interface Translation {
  readonly parts: readonly Part[]
  readonly output: Shape
}

/** Translates a layer of a model and gives the shape of its output. Throws {@link ImportError}. */
export const translate = (type: string, context: Context): Translation => {
  const { place } = context.config
  checkUnquantised(context.config)
  try {
    const parts = translatorOf(translators, type, place)(context)
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

/** Throws for a layer whose weights are whole numbers with scales of their own. */
const checkUnquantised = (config: Fields): void => {
  const policy = valueAt(config, 'dtype')
  if (isRecord(policy) && String(policy['class_name']).startsWith('Quantized'))
    throw new ImportError(
      `${config.place}: expected weights of floats, they are quantised; save the model before it is quantised`,
    )
}

/** Throws for a shape that is empty or too large. */
export const checkSize = (place: string, shape: Shape): void => {
  const size = shape.reduce((product, n) => product * n, 1)
  if (!(size >= 1 && size <= largestOutput))
    throw new ImportError(`${place}: expected an output of 1 to ${largestOutput} numbers, got [${shape.join(', ')}]`)
}
