import { OptionError, ShapeError } from '@ptu/core'
import { shapesOf } from '@ptu/layers'
import { ImportError } from '@ptu/networks'

import type { Step } from '../described-model.ts'
import { checkSize } from '../layers-model/translate.ts'
import { shownShape } from '../shown.ts'
import { activations } from './activations.ts'
import { refuseNode, type OnnxContext, type OnnxJoiner, type OnnxTranslator } from './context.ts'
import { convolutions } from './convolutions.ts'
import { attention } from './attention.ts'
import { constantOperators, joiners as sums } from './elementwise.ts'
import { normalisations } from './normalisations.ts'
import { pools } from './pools.ts'
import { products } from './products.ts'
import { recurrentOperators } from './recurrent.ts'
import { shapeOperators } from './shape-operators.ts'
import { slices } from './slices.ts'
import type { Value } from './value.ts'

const translators: Readonly<Record<string, OnnxTranslator>> = {
  ...activations,
  ...constantOperators,
  ...convolutions,
  ...normalisations,
  ...pools,
  ...products,
  ...recurrentOperators,
  ...shapeOperators,
  ...slices,
}

const joiners: Readonly<Record<string, OnnxJoiner>> = { ...sums, Attention: attention }

/** The function of a node, and the value that it gives. */
export interface OnnxStep extends Step {
  readonly value: Value
}

/** Translates a node. Throws `ImportError`, which names the node and the operator. */
export const translateNode = (context: OnnxContext): OnnxStep => {
  const { op, config, values } = context
  try {
    const joiner = (values.length > 1 || op === 'Attention') && Object.hasOwn(joiners, op) ? joiners[op] : undefined
    const step = joiner === undefined ? single(context) : { parts: [], ...joiner(context) }
    checkSize(config.place, step.value.shape)
    return step
  } catch (cause) {
    if (cause instanceof ShapeError || cause instanceof OptionError)
      throw new ImportError(`${config.place}: ${cause.message}`, { cause })
    throw cause
  }
}

const single = (context: OnnxContext): OnnxStep => {
  const { op, config } = context
  // Any output of a Split is opened in the same way.
  const known = op.startsWith('Split:') ? 'Split' : op
  const translator = Object.hasOwn(translators, known) ? translators[known] : undefined
  if (translator === undefined) return refuseNode(context, op.includes(':') ? 'only its first output can be opened' : 'this operator cannot be opened') // prettier-ignore
  if (context.values.length > 1 && !readsSeveral.has(op))
    return refuseNode(context, `expected one input that changes with the example, it has ${context.values.length}`)
  const { parts, value } = translator(context)
  const layers = parts.map(({ layer }) => layer)
  const output = shapesOf(layers, context.value.shape).at(-1) ?? context.value.shape
  if (output.join() !== value.shape.join())
    throw new ImportError(`${config.place}: expected layers that give ${shownShape(value.shape)}, they give ${shownShape(output)}`) // prettier-ignore
  return { parts, value }
}

/** Operators that say themselves why they cannot read two values. */
const readsSeveral: ReadonlySet<string> = new Set(['MatMul', 'Clip'])
