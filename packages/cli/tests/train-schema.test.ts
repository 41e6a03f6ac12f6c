import type { TargetResults, TrainingFacts, TrainResults } from '@ptu/experiments'
import { describe, expect, it } from 'vitest'

import { undocumentedIn } from './documented.ts'
import { documentedIn, leaves } from './schema-page.ts'

const judgement = {
  ...{ count: 20, accuracy: 0.75, interval: { low: 0.53, high: 0.89 }, balancedAccuracy: 0.7, logLoss: 0.5 },
}
const held = { depth: null, rate: 1 }
const example = { file: 'a', shown: 'words', given: 'cat', taken: 'dog', probability: 0.1, confidence: 0.8 }

const facts: TrainingFacts & Pick<TrainResults, 'shipped' | 'notes'> = {
  versions: { ptu: '0.1.0', tfjs: '4', node: '20' },
  backend: 'wasm',
  source: {
    ...{ name: 'net', title: 'net from net.pth', digest: 'd', data: null, accuracy: null, chance: null },
    ...{ blocks: ['a', 'b'], parameters: 10, rescaled: false, rescaleProblem: null, seconds: 0 },
    ...{ testLabels: null, warning: null },
  },
  data: {
    ...{
      kind: 'text',
      inputs: 'words',
      path: 'rows.csv',
      digest: 'd',
      drawnFrom: 200_000,
      unreadable: [{ path: 'a', why: 'b' }],
      frozen: 1,
    },
    classes: [{ name: 'cat', train: 10, test: 3 }],
  },
  augmentation: { changes: ['flip'], copies: 1 },
  shipped: { method: 'ptu', held, steps: 60, ensemble: false, why: 'the recipe' },
  notes: ['level with it: probe'],
  seconds: 30,
}

/** A document with all that a training on classes may find. */
const classes: TrainResults = {
  ...facts,
  schema: 'ptu-train/1',
  methods: [{ method: 'ptu', held, folds: 5, seconds: 12, ...judgement }],
  confusion: [[8, 2]],
  ...{ suspects: [example], confused: [example], unsure: [example] },
  reliability: [{ from: 0.5, to: 0.6, count: 4, confidence: 0.55, accuracy: 0.25 }],
  ece: 0.12,
  earlier: { classes: ['cat'], examples: 4, old: judgement, new: judgement },
  evidence: {
    ...{
      examples: 20,
      judge: 'leave-one-out-sum',
      margin: 5,
      outcome: 'departs',
      advantage: 6.25,
      method: 'share-all',
    },
    blocks: [{ block: 'a', state: 'as it is', update: 0, fineTune: 1 }],
    ...{ advice: 'block 1 as it is', reason: 'it is ahead' },
    hypotheses: [{ name: 'as it is', weight: 0.99, loss: 0.6, standardError: 0.05, score: -12, advantage: 6.25 }],
  },
  learning: {
    curves: [{ method: 'ptu', points: [{ labels: 5, count: 20, accuracy: 0.7, interval: judgement.interval }] }],
    notes: ['it rises'],
  },
  copies: {
    ...{ similarity: 0.9, together: [['a', 'b']], apart: 2, problem: null },
    ...{ test: [{ file: 'c', like: 'b', similarity: 0.97 }], testWithout: judgement },
  },
  test: judgement,
}

const targetJudgement = {
  ...{ count: 20, scores: { macroF1: 1, microF1: 1, exact: 1, r2: 1, rmse: 1, mae: 1 }, interval: { low: 0, high: 1 } },
  labels: [{ name: 'large', count: 3, precision: 1, recall: 1, f1: 1 }],
}

/** A document with all that trainings on sets of labels or on numbers may find. */
const targets: TargetResults = {
  ...facts,
  schema: 'ptu-train-targets/1',
  examples: 60,
  task: {
    ...{ kind: 'regress', thresholds: [0.5], scale: { mean: 0, deviation: 1 } },
    interval: { level: 0.9, margin: 2 },
  },
  methods: [{ method: 'probe', held, folds: 5, seconds: 1, ...targetJudgement }],
  learning: {
    curves: [{ method: 'probe', points: [{ examples: 16, count: 20, score: 0.5, interval: { low: 0, high: 1 } }] }],
    notes: ['it rises'],
  },
  heldOut: [{ file: 'a', given: 3, predicted: 2 }],
  test: targetJudgement,
}

describe('docs/train-schema.md', () => {
  it.each([
    ['classes', classes],
    ['sets of labels and numbers', targets],
  ])('names every field of a training on %s, with its type', async (_, document) => {
    expect(await undocumentedIn(document, 'train-schema.md')).toEqual([])
  })

  it('names nothing that is not in a document', async () => {
    const found = new Set([classes, targets].flatMap((document) => leaves(document).map(([place]) => place)))
    expect([...(await documentedIn('train-schema')).keys()].filter((name) => !found.has(name))).toEqual([])
  })
})
