import type { Key, Stepwise } from '@ptu/core'
import type { Dataset, Normalisation, Targets } from '@ptu/data'
import { probeSteps, type Probe } from '@ptu/trainer'

import { targetKinds } from '../tasks/task-kind.ts'
import { probeName, type Candidate } from './candidate.ts'
import type { Judged } from './judgement.ts'

/** A linear probe and its predictions of the examples that its folds held out. */
export interface ProbeCandidate {
  readonly probe: Pick<Probe, 'weights' | 'bias'>
  readonly candidate: Candidate
}

/** Examples as a network reads them: `(x - mean) / deviation`. */
export const normalisedInputs = (data: Dataset, { mean, deviation }: Normalisation): Dataset => {
  const width = data.shape.at(-1) ?? 1
  const at = (value: number | readonly number[], i: number): number =>
    typeof value === 'number' ? value : (value[i % width] as number)
  // `Float32Array.from` with a function makes a list of all numbers first, for which large tables leave no memory.
  const features = new Float32Array(data.features)
  features.forEach((x, i) => {
    features[i] = (x - at(mean, i)) / at(deviation, i)
  })
  return { ...data, features }
}

/** The examples that are held out from each other. */
export interface ProbeFolds {
  readonly key: Key
  readonly groups: ArrayLike<string | number> | undefined
  /** The places that are held out, fold by fold. */
  readonly folds: readonly (readonly number[])[]
}

/** Fits a linear probe to what a frozen network gives for labelled examples, in steps. */
export const probeOn = function* (vectors: Dataset, held: ProbeFolds, now: () => number): Stepwise<ProbeCandidate> {
  const began = now()
  const { targets } = vectors
  const fitting = targets === undefined ? ofClasses(vectors, held) : ofTargets(vectors, targets, held)
  const { probe, judged } = yield* fitting
  const seconds = (now() - began) / 1000
  return { probe, candidate: { method: probeName, held: { depth: null, rate: 1 }, judged, folds: 5, seconds } }
}

/** A linear probe with its held-out predictions. */
interface FittedProbe {
  readonly probe: ProbeCandidate['probe']
  readonly judged: Judged
}

const ofClasses = function* (vectors: Dataset, { key, groups }: ProbeFolds): Stepwise<FittedProbe> {
  const classes = vectors.classes.length
  const features = Float32Array.from(vectors.features)
  const size = vectors.shape.reduce((product, n) => product * n, 1)
  const fitting = probeSteps({ features, size, labels: vectors.labels, classes, key, ...(groups && { groups }) })
  const probe = yield* fitting
  return {
    probe,
    judged: { probabilities: Float32Array.from(probe.heldOut, Math.exp), labels: vectors.labels, classes },
  }
}

const ofTargets = function* (vectors: Dataset, targets: Targets, { key, folds }: ProbeFolds): Stepwise<FittedProbe> {
  const { labels, classes } = vectors
  const probe = yield* targetKinds[targets.kind].probe({ vectors, folds, key })
  return { probe, judged: { probabilities: probe.heldOut, labels, classes: classes.length, targets, folds } }
}
