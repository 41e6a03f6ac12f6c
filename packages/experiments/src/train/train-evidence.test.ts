import type { Evidence } from '@ptu/strategies'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'

import { InterruptedError, RunError, type ExperimentError } from '../errors.ts'
import type { Comparison } from '../run/comparison.ts'
import type { WeighRequest } from '../run/weigh.ts'
import type { Worker } from '../run/worker.ts'
import { readEvidence } from '../advise/reading.ts'
import { trainEvidence, type TrainEvidence } from './train-evidence.ts'
import type { Begun } from './train.ts'

const hypotheses = (frozen: number, usual: number): Evidence['hypotheses'] =>
  [
    { hypothesis: { kind: 'frozen' } as const, score: frozen },
    { hypothesis: { kind: 'adapted', depth: 2, above: 'random' } as const, score: usual },
  ].map((each) => ({ ...each, loss: 1, standardError: 0.1, losses: [], logLikelihood: 0, weight: 0.5 }))

const block = (update: number): Evidence['blocks'][number] => ({
  ...{ block: 'b', frozen: 1 - update, source: update, random: 0, mixed: 0, update, fineTune: 1 },
})

const evidenceOf = (frozen: number, decisive: boolean): Evidence => ({
  judge: 'leave-one-out-sum',
  hypotheses: hypotheses(frozen, 0),
  blocks: [block(decisive ? 0 : 0.75), block(decisive ? 0 : 0.75)],
  advantage: Math.max(0, frozen),
  decisive,
  cost: { examples: 6, kernels: 0, forwardPasses: 0, backwardPasses: 0 },
})

const labels = Int32Array.of(0, 1, 0, 1, 0, 1)

const noteIn = (found: E.Either<ExperimentError, TrainEvidence>): string =>
  E.isRight(found) ? (found.right.note ?? '') : found.left.message

/** The reading of evidence that a worker found, and what the worker was asked. */
const noted = async (
  answer: E.Either<ExperimentError, Evidence>,
  { method, source = { kind: 'opened' }, classes = ['a', 'b'] }: Record<string, unknown> = {},
) => {
  const asked: WeighRequest[] = []
  const weigh: Worker['weigh'] = (request) => {
    asked.push(request)
    return TE.fromEither(E.map((evidence: Evidence) => ({ evidence, options: [] }))(answer))
  }
  const progress = () => ({ set: () => undefined, stop: () => undefined })
  const begun = { spec: { source, method, seed: 3 }, workers: [{ weigh }], tools: { progress } }
  const train = { shape: [1], features: new Float32Array(6), labels, classes }
  const comparison = { network: {}, target: { train }, rescales: true, zeroHead: true, rate: 1, batch: 8 }
  const found = await trainEvidence(begun as unknown as Begun, comparison as unknown as Comparison, ['frozen'])()
  return { found, asked }
}

describe('the evidence of a training', () => {
  it('names the method to compare with where the evidence departs from the recipe, counting frozen blocks too', async () => {
    const { found, asked } = await noted(E.right(evidenceOf(9, true)))
    expect(noteIn(found)).toBe(
      'before training, the labels speak for blocks 1-3 as they are, head new: "everything as it is" is 9.0 nats ' +
        'ahead of "everything adapted" (more than 1000 : 1); the margin is 5; compare it with --method share-all',
    )
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ rescales: true, zeroHead: true, seed: 3, measures: false, labelled: { labels } })
  })

  it.each([
    [2, 'do not speak against'],
    [-9, 'speak for'],
  ])('follows the recipe where "frozen" leads by %s nats: the labels %s it', async (lead, words) => {
    const { found } = await noted(E.right(evidenceOf(lead, false)))
    expect(noteIn(found)).toContain(`the labels ${words} adapting every block that may learn: `)
  })

  it('keeps the reading that an advice would state of the same evidence', async () => {
    const evidence = evidenceOf(9, true)
    const { found } = await noted(E.right(evidence))
    expect(E.isRight(found) && found.right.reading).toEqual(readEvidence(evidence, ['frozen']))
  })

  it('stops no training where the evidence cannot be weighed, but for an interruption', async () => {
    const { found } = await noted(E.left(new RunError('too flat')))
    expect(found).toEqual(E.right({ note: 'what the labels say of the source before training is not known: too flat' }))
    expect(E.isLeft((await noted(E.left(new InterruptedError('ended')))).found)).toBe(true)
  })

  it.each([[{ source: null }], [{ method: 'probe' }], [{ classes: ['only'] }]])(
    'is not asked for with %o',
    async (spec) => {
      expect(await noted(E.right(evidenceOf(9, true)), spec)).toEqual({ found: E.right({}), asked: [] })
    },
  )
})
