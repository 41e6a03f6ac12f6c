import type { Dataset } from '@ptu/data'
import { InterruptedError, predictExamples, RunError, type LoadedModel } from '@ptu/experiments'

import type { Env } from '../env.ts'

/** Probabilities of the classes for each example, `[examples, classes]`. */
export type Classify = (examples: Dataset) => Promise<Float32Array>

/** A classifier that counts its passes. */
export interface CountedClassifier {
  readonly classify: Classify
  readonly passes: () => number
  /** Counts passes of examples through the model, or through parts of it, that are not made by `classify`. */
  readonly tell: (count: number) => void
}

/**
 * The mean of the probabilities of models that are shipped together; tells of each example that is done.
 *
 * Rejects with `InterruptedError` once the run shall end, and with `RunError` where probabilities are no numbers.
 */
export const countedClassifier = (
  models: readonly LoadedModel[],
  { signal }: Env,
  onPasses: (done: number) => void,
): CountedClassifier => {
  let passes = 0
  const classify: Classify = async (examples) => {
    const count = examples.labels.length
    const mean = new Float32Array(count * examples.classes.length)
    const before = passes
    for (const [place, model] of models.entries()) {
      const onStep = (done: number): void => {
        if (signal.aborted) throw new InterruptedError('stopped; nothing was written')
        onPasses(before + Math.floor(((place + done / count) * count) / models.length))
      }
      ;(await predictExamples(model, examples, { onStep })).forEach((p, i) => {
        mean[i] = (mean[i] as number) + p / models.length
      })
    }
    passes += count
    if (mean.some((p) => !Number.isFinite(p)))
      throw new RunError(
        'the model gives probabilities that are not finite numbers: these inputs are too large for it (look for a wrong unit), or its parameters are (train it again at a lower rate)',
      )
    return mean
  }
  const tell = (count: number): void => {
    if (signal.aborted) throw new InterruptedError('stopped; nothing was written')
    passes += count
    onPasses(passes)
  }
  return { classify, passes: () => passes, tell }
}
