import type { Key } from '@ptu/core'
import type { Dataset, Normalisation } from '@ptu/data'
import { fitProbe, type Probe } from '@ptu/trainer'

import { probeName, type Candidate } from './candidate.ts'

/** A linear probe and its predictions of the examples that its folds held out. */
export interface ProbeCandidate {
  readonly probe: Probe
  readonly candidate: Candidate
}

/** Examples as a network reads them: `(x - mean) / deviation`. */
export const normalisedInputs = (data: Dataset, { mean, deviation }: Normalisation): Dataset => {
  const width = data.shape.at(-1) ?? 1
  const at = (value: number | readonly number[], i: number): number =>
    typeof value === 'number' ? value : (value[i % width] as number)
  return { ...data, features: Float32Array.from(data.features, (x, i) => (x - at(mean, i)) / at(deviation, i)) }
}

/** Fits a linear probe to what a frozen network gives for labelled examples. */
export const probeOn = (
  vectors: Dataset,
  key: Key,
  groups: ArrayLike<string | number> | undefined,
  now: () => number,
): ProbeCandidate => {
  const began = now()
  const classes = vectors.classes.length
  const features = Float32Array.from(vectors.features)
  const size = vectors.shape.reduce((product, n) => product * n, 1)
  const probe = fitProbe({ features, size, labels: vectors.labels, classes, key, ...(groups && { groups }) })
  const probabilities = Float32Array.from(probe.heldOut, Math.exp)
  return {
    probe,
    candidate: {
      method: probeName,
      held: { depth: null, rate: 1 },
      judged: { probabilities, labels: vectors.labels, classes },
      folds: 5,
      seconds: (now() - began) / 1000,
    },
  }
}
