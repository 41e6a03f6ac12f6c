import { toTensors, type Dataset } from '@ptu/data'
import { infer } from '@ptu/layers'
import { scope } from '@ptu/tensor'
import { softmax, type Tensor2D } from '@tensorflow/tfjs-core'

import type { LoadedModel } from '../models/model-file.ts'

/** Probabilities of the classes for each example: `[examples, classes]`. Borrows the model. */
export const predictExamples = async (
  { facts, layer, params }: LoadedModel,
  examples: Dataset,
  { chunk = 32, onStep }: { readonly chunk?: number; readonly onStep?: (done: number, total: number) => void } = {},
): Promise<Float32Array> => {
  const count = examples.labels.length
  const out = new Float32Array(count * facts.classes.length)
  for (let from = 0; from < count; from += chunk) {
    const places = Int32Array.from({ length: Math.min(chunk, count - from) }, (_, i) => from + i)
    const found = scope(() =>
      softmax(layer.apply(params, toTensors(examples, facts.normalisation, places).x, infer) as Tensor2D),
    )
    out.set(await found.data(), from * facts.classes.length)
    found.dispose()
    onStep?.(from + places.length, count)
  }
  return out
}
