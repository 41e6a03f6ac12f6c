import { OptionError } from '@ptu/core'

import { addition, chain, join, product } from './deep-lift-flows.ts'
import { byKernel, byNumber, nonlinear, pool, positive } from './deep-lift-rules.ts'
import type { Rule } from './lifted.ts'

const of = (rule: Rule, ...types: readonly string[]): readonly (readonly [string, Rule])[] =>
  types.map((type) => [type, rule])

/** The rule for each type of layer. What is not here is refused by name. */
const rules: ReadonlyMap<string, Rule> = new Map([
  ...of(byKernel, 'dense', 'conv2d', 'conv1d', 'depthwiseConv2d'),
  ...of(byNumber, 'frozenBatchNorm', 'fixedAffine', 'layerScale'),
  ...of(
    positive,
    'flatten',
    'reshape',
    'identity',
    'dropout',
    'zeroPad1d',
    'zeroPad2d',
    'upSample2d',
    'reverseSteps',
    'slice',
    'permute',
  ),
  ...of(positive, 'averagePool', 'averagePool1d', 'globalAveragePool'),
  ...of(
    nonlinear,
    'relu',
    'relu6',
    'leakyRelu',
    'clippedRelu',
    'prelu',
    'elu',
    'selu',
    'gelu',
    'geluTanh',
    'quickGelu',
  ),
  ...of(nonlinear, 'silu', 'hardSwish', 'sigmoid', 'hardSigmoid', 'tanh', 'softplus', 'softsign'),
  ...of(pool, 'maxPool', 'maxPool1d', 'globalMaxPool'),
  ...of(chain, 'serial'),
  ...of(addition, 'residual'),
  ...of(join, 'concatenate'),
  ...of(product, 'product'),
])

const reasons: Readonly<Record<string, string>> = {
  softmax: 'explain the logits: leave the softmax out',
  'transfer-unit': 'fold the model and explain the plain network',
}

/** Lifts a layer by the rule of its type. Throws `OptionError` for a layer that has none. */
export const lift: Rule = (layer, params, input, context) => {
  const rule = rules.get(layer.spec.type)
  if (rule === undefined)
    throw new OptionError(
      `deepLift: there is no rule for the layer ${layer.spec.type}; ` +
        (reasons[layer.spec.type] ?? 'use conductance or integrated gradients, which need none'),
    )
  return rule(layer, params, input, context)
}
