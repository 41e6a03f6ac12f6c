import * as activations from './elementwise.ts'
import type { Layer } from './layer.ts'
import * as saturating from './saturating.ts'
import { numberAt, type Fields } from './spec-fields.ts'

const { leakyRelu, ...plainActivations } = activations
const { clippedRelu, hardSigmoid, ...plainSaturating } = saturating

/** Layers that may stand inside a recurrent one: those that keep the shape and have no parameters. */
export const elementwise: Readonly<Record<string, (fields: Fields) => Layer>> = {
  ...Object.fromEntries(
    Object.entries({ ...plainActivations, ...plainSaturating }).map(([type, layer]) => [type, (): Layer => layer]),
  ),
  clippedRelu: (fields) => clippedRelu(numberAt(fields, 'max')),
  hardSigmoid: (fields) => hardSigmoid(numberAt(fields, 'slope')),
  leakyRelu: (fields) => leakyRelu(numberAt(fields, 'slope')),
}
