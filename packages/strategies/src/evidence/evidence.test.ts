import { key } from '@ptu/core'
import { dense, flatten, gru, infer, lastStep, relu, serial } from '@ptu/layers'
import { disposeSource, freeze, initBody, type Body, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { disposeParams, mapParams, normal, scope } from '@ptu/tensor'
import { argMax, fill, gather, matMul, memory, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { PlanError } from '../strategy.ts'
import { evidence } from './evidence.ts'
import { chosenExamples } from './examples.ts'
import type { ExampleTargets } from './options.ts'

const body: Body = [
  { name: 'low', layer: serial(flatten, dense(12), relu) },
  { name: 'middle', layer: serial(dense(12), relu) },
  { name: 'high', layer: serial(dense(8), relu) },
]
const [input, classes, count] = [[6], 3, 60]

/** A source that was not trained, examples and their labels. */
const setUp = () => {
  const source = freeze(body, initBody(body, key(1), input))
  const x = normal(key(2), [count, ...input])
  const free = (): void => {
    disposeSource(source)
    x.dispose()
  }
  return { source, x, labels: labelsOf(x), free }
}

/** A source whose first block gives 0 for every input, and so do small steps from its parameters. */
const deadSource = (): SourceNetwork<OpenBlock> => {
  const params = initBody(body, key(1), input)
  const dead = mapParams(params, (leaf, path) =>
    path[0] === 0 ? fill(leaf.shape, leaf.rank === 1 ? -1 : 0) : leaf.clone(),
  )
  disposeParams(params)
  return freeze(body, dead)
}

/** Labels that a linear map of the inputs tells. */
const labelsOf = (x: Tensor): readonly number[] => {
  const told = scope(() => argMax(matMul(x as never, normal(key(9), [...input, classes]) as never), 1))
  const labels = Array.from(told.dataSync())
  told.dispose()
  return labels
}

describe('evidence', () => {
  it('is the same for the same key, and another for another', async () => {
    const { source, x, labels, free } = setUp()
    const [first, again, other] = await Promise.all(
      [3, 3, 4].map((seed) => evidence(source, { x, labels, classes }, { key: key(seed) })),
    )
    expect(again).toEqual(first)
    expect(other?.hypotheses).not.toEqual(first?.hypotheses)
    free()
  })

  it('is of the numbers or sets of labels that examples have instead of classes', async () => {
    const { source, x, labels, free } = setUp()
    const group = labels.map(() => 0)
    const values = labels.map((label) => 3 * label + 1)
    const of = (targets: ExampleTargets, width: number, limit = 150) =>
      evidence(source, { x, labels: group, classes: width, targets }, { key: key(3), limit })
    const numbers = await of({ kind: 'regress', values }, 1)
    expect(numbers.hypotheses.every(({ losses }) => losses.length === count)).toBe(true)
    expect((await of({ kind: 'regress', values: values.map((y) => 2 * y - 9) }, 1)).advantage).toBeCloseTo(
      numbers.advantage,
      6,
    )
    const sets = await of({ kind: 'multi-label', values: labels.flatMap((label) => [Number(label > 0), label % 2]) }, 2)
    expect(sets.hypotheses[0]?.loss).not.toBeCloseTo(numbers.hypotheses[0]?.loss ?? NaN, 3)
    // The first 20 of one group: targets go with their examples.
    const first = await of({ kind: 'regress', values: values.map((y, i) => (i < 20 ? y : 1e6)) }, 1, 20)
    expect(first.hypotheses.map(({ loss }) => loss)).toEqual(
      (await of({ kind: 'regress', values }, 1, 20)).hypotheses.map(({ loss }) => loss),
    )
    await expect(of({ kind: 'regress', values }, 2)).rejects.toThrow(
      'expected 2 targets for each of 60 examples, got 60',
    )
    await expect(of({ kind: 'regress', values: values.map(() => NaN) }, 1)).rejects.toThrow('finite')
    free()
  })

  it.each(['directions', 'exact'] as const)('leaves no tensor behind, with %s kernels', async (kernels) => {
    const { source, x, labels, free } = setUp()
    const before = memory().numTensors
    await evidence(source, { x, labels, classes }, { key: key(3), kernels, from: 1 })
    await expect(evidence(source, { x, labels: [0], classes }, { key: key(3), kernels })).rejects.toThrow(/a label/)
    expect(memory().numTensors).toBe(before)
    free()
  })

  it('with blocks that do not learn is that of the rest of the source on what they give', async () => {
    const { source, x, labels, free } = setUp()
    const options = { key: key(3), kernels: 'directions' } as const
    const whole = await evidence(source, { x, labels, classes }, { ...options, from: 1 })
    const rest: SourceNetwork<OpenBlock> = { ...source, blocks: source.blocks.slice(1) }
    const [low] = source.blocks
    const encoded = scope(() => low?.layer.apply(low.params, x, infer) as Tensor)
    const alone = await evidence(rest, { x: encoded, labels, classes }, options)
    expect(whole.blocks.map(({ update }) => update)).toEqual([0, ...alone.blocks.map(({ update }) => update)])
    expect(whole.hypotheses.map(({ loss }) => loss)).toEqual(alone.hypotheses.map(({ loss }) => loss))
    expect(whole.hypotheses[1]?.hypothesis).toEqual({ kind: 'adapted', depth: 1, above: 'random' })
    free()
    encoded.dispose()
  })

  it('speaks for a random start where the source passes on nothing', async () => {
    const { x, labels, free } = setUp()
    const dead = deadSource()
    const { blocks, decisive, advantage } = await evidence(dead, { x, labels, classes }, { key: key(3) })
    expect(blocks.map(({ fineTune }) => fineTune)).toEqual([0, 0, 0])
    expect(advantage).toBeGreaterThan(3)
    expect(decisive).toBe(true)
    disposeSource(dead)
    free()
  })

  it('keeps to the recipe below its margin, and says so', async () => {
    const { x, labels, free } = setUp()
    const dead = deadSource()
    const { blocks, decisive } = await evidence(dead, { x, labels, classes }, { key: key(3), margin: 1000, from: 1 })
    expect(blocks.map(({ update, fineTune }) => [update, fineTune])).toEqual([
      [0, 1],
      [0.75, 1],
      [0.75, 1],
    ])
    expect(decisive).toBe(false)
    disposeSource(dead)
    free()
  })

  it('departs from the recipe at its margin, and not a hair below it', async () => {
    const { x, labels, free } = setUp()
    const dead = deadSource()
    const judged = async (margin: number) =>
      evidence(
        dead,
        { x, labels, classes },
        { key: key(3), judge: 'marginal-likelihood', margin, undecided: 'weighted' },
      )
    const { advantage } = await judged(0)
    expect(advantage).toBeGreaterThan(0)
    for (const [margin, decisive] of [
      [advantage, true],
      [advantage * (1 + 1e-9), false],
    ] as const) {
      const found = await judged(margin)
      expect(found.decisive).toBe(decisive)
      expect(found.blocks.some(({ update, fineTune }) => update !== 0.75 || fineTune !== 1)).toBe(decisive)
    }
    disposeSource(dead)
    free()
  })

  it('of more examples than the limit is that of the first of each class', async () => {
    const { source, x, labels, free } = setUp()
    const chosen = chosenExamples({ x, labels, classes }, 15)
    const some = scope(() => gather(x, [...chosen]))
    const own = chosen.map((i) => labels[i] ?? NaN)
    expect(own).not.toEqual(labels.slice(0, own.length))
    const limited = await evidence(source, { x, labels, classes }, { key: key(3), limit: 15 })
    expect(await evidence(source, { x: some, labels: own, classes }, { key: key(3) })).toEqual(limited)
    some.dispose()
    free()
  })

  it('tells the mean and its standard error of the losses of examples', async () => {
    const { source, x, labels, free } = setUp()
    const { hypotheses } = await evidence(source, { x, labels, classes }, { key: key(3) })
    for (const { loss, standardError, losses } of hypotheses) {
      expect(losses).toHaveLength(count)
      expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b) / count, 12)
      const variance = losses.reduce((sum, one) => sum + (one - loss) ** 2, 0) / (count - 1)
      expect(standardError).toBeCloseTo(Math.sqrt(variance / count), 12)
    }
    expect(hypotheses.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12)
    free()
  })

  it('tells what hypotheses are weighed by: the sum of losses or the likelihood, less a nat for each random block', async () => {
    const { source, x, labels, free } = setUp()
    for (const judge of ['leave-one-out', 'leave-one-out-sum', 'marginal-likelihood'] as const) {
      const { hypotheses, advantage } = await evidence(source, { x, labels, classes }, { key: key(3), judge })
      for (const { hypothesis, score, losses, logLikelihood } of hypotheses) {
        const own = judge === 'marginal-likelihood' ? logLikelihood : -losses.reduce((a, b) => a + b)
        expect(score).toBeCloseTo(own - (hypothesis.kind === 'frozen' ? 0 : 3 - hypothesis.depth), 9)
      }
      const scores = hypotheses.map(({ score }) => score)
      expect(Math.max(...scores) - (scores.at(-1) ?? NaN)).toBeCloseTo(advantage, 12)
    }
    free()
  })

  it('weighs by the sum of losses alone where that is asked for', async () => {
    const { source, x, labels, free } = setUp()
    const found = await evidence(source, { x, labels, classes }, { key: key(3), judge: 'leave-one-out-sum' })
    const powers = found.hypotheses.map(({ score }) => Math.exp(score - (found.hypotheses.at(-1)?.score ?? 0)))
    const total = powers.reduce((a, b) => a + b)
    found.hypotheses.forEach(({ weight }, o) => {
      expect(weight).toBeCloseTo((powers[o] ?? NaN) / total, 9)
    })
    free()
  })

  it('of the ends takes all blocks together, and is that of every depth for them', async () => {
    const { source, x, labels, free } = setUp()
    const every = await evidence(source, { x, labels, classes }, { key: key(3), limit: 12 })
    const ends = await evidence(source, { x, labels, classes }, { key: key(3), limit: 12, depths: 'ends' })
    const whole = every.hypotheses.filter(({ hypothesis }) => {
      if (hypothesis.kind === 'frozen') return true
      return hypothesis.depth === 3 || (hypothesis.depth === 0 && hypothesis.above === 'random')
    })
    expect(ends.hypotheses.map(({ hypothesis, loss }) => [hypothesis, loss])).toEqual(
      whole.map(({ hypothesis, loss }) => [hypothesis, loss]),
    )
    expect(new Set(ends.blocks.map(({ update, fineTune }) => `${update} ${fineTune}`)).size).toBe(1)
    expect(ends.cost).toMatchObject({ kernels: 8, forwardPasses: 2 * (8 * 6 + 6) })
    free()
  })

  it.each(['directions', 'exact'] as const)('tells how far it is, with %s kernels', async (kernels) => {
    const { source, x, labels, free } = setUp()
    const told: (readonly [number, number])[] = []
    const onStep = (...step: readonly [number, number]): void => void told.push(step)
    await evidence(source, { x, labels, classes }, { key: key(3), kernels, projections: 1, depths: 'ends', onStep })
    expect(told.at(-1)).toEqual([6, 6])
    expect(told.map(([done]) => done)).toEqual(kernels === 'exact' ? [3, 6] : [1, 2, 3, 4, 5, 6])
    free()
  })

  it('tells what it cost', async () => {
    const { source, x, free } = setUp()
    const labels = Array.from({ length: count }, (_, i) => i % classes)
    const along = await evidence(source, { x, labels, classes }, { key: key(3), limit: 12 })
    expect(along.cost).toEqual({ examples: 12, kernels: 28, forwardPasses: 7 * (8 * 6 + 6), backwardPasses: 0 })
    const exact = await evidence(source, { x, labels, classes }, { key: key(3), kernels: 'exact', projections: 2 })
    const part = await evidence(source, { x, labels, classes }, { key: key(3), limit: 12, from: 1 })
    expect(part.cost).toMatchObject({ kernels: 5 * 3, forwardPasses: 1 + 5 * (8 * 3 + 4) })
    expect(exact.cost).toMatchObject({ examples: count, forwardPasses: 7 * (2 * 3 + 6), backwardPasses: 7 * 2 * 3 })
    free()
  })

  it('takes recurrent layers along directions, and refuses them for exact kernels', async () => {
    const recurrent: Body = [{ name: 'memory', layer: serial(gru(4), lastStep()) }]
    const source = freeze(recurrent, initBody(recurrent, key(1), [3, 2]))
    const x = normal(key(2), [8, 3, 2])
    const labelled = { x, labels: [0, 1, 0, 1, 0, 1, 0, 1], classes: 2 }
    const { blocks } = await evidence(source, labelled, { key: key(3) })
    expect(blocks.map(({ block }) => block)).toEqual(['memory'])
    await expect(evidence(source, labelled, { key: key(3), kernels: 'exact' })).rejects.toThrow(PlanError)
    disposeSource(source)
    x.dispose()
  })
})
