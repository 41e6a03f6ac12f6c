import { OptionError, ShapeError } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { mul, sum, tensor2d, type Tensor } from '@tensorflow/tfjs-core'

/** The output that is explained: a class for all examples, or one for each. */
export type Target = number | readonly number[]

/** The class that is explained for each example. Throws `OptionError` for too few or for what is no class. */
export const targetsOf = (target: Target, examples: number): readonly number[] => {
  const targets = typeof target === 'number' ? Array.from({ length: examples }, () => target) : target
  if (targets.length !== examples)
    throw new OptionError(`expected a target for each of ${examples} examples, got ${targets.length}`)
  const odd = targets.find((label) => !(Number.isSafeInteger(label) && label >= 0))
  if (odd !== undefined) throw new OptionError(`expected targets that are classes, counted from 0, got ${odd}`)
  return targets
}

/** The logit of its target for each row, `[batch]`. Throws where the outputs are no `[batch, classes]` with that class. */
export const outputsAt = (logits: Tensor, targets: readonly number[]): Tensor => {
  const [, classes = 0] = logits.shape
  if (logits.rank !== 2)
    throw new ShapeError(`expected outputs [batch, classes] to explain, got [${logits.shape.join(', ')}]`)
  const most = targets.reduce((a, b) => Math.max(a, b), 0)
  if (most >= classes) throw new OptionError(`expected targets below ${classes}, the number of classes, got ${most}`)
  return scope(() => sum(mul(logits, oneHotOf(targets, classes)), 1))
}

/** `[targets, classes]`: 1 at the class of each target. */
export const oneHotOf = (targets: readonly number[], classes: number): Tensor => {
  const hot = new Float32Array(targets.length * classes)
  targets.forEach((label, i) => (hot[i * classes + label] = 1))
  return tensor2d(hot, [targets.length, classes])
}
