import { shortestFirst, toTensors, type Dataset } from '@ptu/data'
import { infer } from '@ptu/layers'
import { scope } from '@ptu/tensor'
import { softmax, type Tensor2D } from '@tensorflow/tfjs-core'

import type { LoadedModel } from '../models/model-file.ts'
import { targetKinds } from '../tasks/task-kind.ts'

/**
 * Probabilities of the classes or labels for each example, or numbers in the unit of their column: `[examples, classes]`.
 * Borrows the model.
 */
export const predictExamples = async (
  { facts, layer, params }: LoadedModel,
  examples: Dataset,
  { chunk = 32, onStep }: { readonly chunk?: number; readonly onStep?: (done: number, total: number) => void } = {},
): Promise<Float32Array> => {
  const count = examples.labels.length
  const width = facts.classes.length
  const out = new Float32Array(count * width)
  const { encoding } = facts
  const all = encoding?.kind === 'tokens' ? { ...examples, padding: encoding.padding } : examples
  const order = shortestFirst(all)
  for (let from = 0; from < count; from += chunk) {
    const places = order.subarray(from, from + chunk)
    const found = scope(() => {
      const logits = layer.apply(params, toTensors(all, facts.normalisation, places).x, infer) as Tensor2D
      return facts.task === undefined ? softmax(logits) : logits
    })
    const values = await found.data()
    places.forEach((place, i) => {
      out.set(values.subarray(i * width, (i + 1) * width), place * width)
    })
    found.dispose()
    onStep?.(from + places.length, count)
  }
  return facts.task === undefined ? out : targetKinds[facts.task.kind].outputs(out, { width, scale: facts.task.scale })
}
