/** One training of a strategy on a draw of labels, plain or resistant to corruption. */
import { corruptionResistant } from '@ptu/analysis'
import { split } from '@ptu/core'
import { averageOf, builtInMethods, heldAt, optimizerOf } from '@ptu/experiments'
import { transfer } from '@ptu/strategies'
import { encodeDataset, fit, lossOf, start } from '@ptu/trainer'

import { right } from '../../mobilenet-source.mjs'

const modelOf = (task, name, { rate, zeroHead }) => {
  const chosen = { depth: null, rate }
  const method = heldAt(
    builtInMethods.find((known) => known.name === name),
    chosen,
  )
  const features = task.source.blocks.reduce((shape, block) => block.output(shape), task.labelled.shape)
  const head = task.kind.head(task.labelled.classes.length, features, { zero: zeroHead })
  return transfer(task.source, { blocks: method.plan(task.source, chosen), head })
}

/**
 * Trains as `ptu compare` does, with the same keys, so that a plain training ends with the same parameters; `epsilon` is the
 * norm of resistant training, 0 for none, and `resistance` its other options. The caller owns the parameters.
 */
export const trained = async (task, name, { regime, shots, epsilon, resistance = {} }) => {
  const steps = regime.steps(shots)
  const model = modelOf(task, name, regime)
  const plain = {
    ...{ model, loss: lossOf(task.labelled) },
    ...{ optimizer: optimizerOf(regime.rate, steps), average: averageOf(steps) },
  }
  const objective = epsilon === 0 ? plain : corruptionResistant(plain, { epsilon, relative: true, ...resistance })
  const [, weights, order] = split(task.keys.training, 3)
  const data = await encodeDataset(model, task.labelled, task.normalisation)
  const run = { data, key: order, steps, batchSize: regime.batch }
  const { params } = right(await fit(objective, run)(start(objective, weights, task.labelled.shape))())
  data.dispose()
  return { model, params }
}
