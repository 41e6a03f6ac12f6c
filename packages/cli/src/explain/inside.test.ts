import { Tree } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import type { LoadedModel } from '@ptu/experiments'
import { conv2d, dense, globalAveragePool, relu, serial } from '@ptu/layers'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { tensor } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { isMissing } from './explanation.ts'
import { importantUnits } from './unit-patches.ts'
import { fragileParameters } from './worst-parameters.ts'

const side = 8

/** Grey pictures; every second one has a bright corner, at the top left or at the bottom right. */
const examples: Dataset = {
  shape: [side, side, 1],
  features: Uint8Array.from({ length: 12 * side * side }, (_, i) => {
    const [example, pixel] = [Math.floor(i / side ** 2), i % side ** 2]
    const [row, column] = [Math.floor(pixel / side), pixel % side]
    const isCorner = example % 4 === 3 ? row >= 6 && column >= 6 : row < 2 && column < 2
    return example % 2 === 1 && isCorner ? 255 : 30
  }),
  labels: Int32Array.from({ length: 12 }, (_, i) => i % 2),
  classes: ['plain', 'corner'],
}

let params: ParamTree
let model: LoadedModel

beforeAll(() => {
  // Unit 1 is bright light above a threshold, unit 0 gives nothing; the second class is read off unit 1.
  params = [
    [{ kernel: tensor([0, 1], [1, 1, 1, 2]), bias: tensor([0, -0.5]) }, []],
    [[], { kernel: tensor([0, 0, 0, 60], [2, 2]), bias: tensor([1, 0]) }],
  ]
  model = {
    facts: {
      ...{ format: 'ptu-model/2', spec: null, blocks: ['light'], shape: [side, side, 1], classes: examples.classes },
      ...{ vocabulary: null, image: null, normalisation: { mean: 0, deviation: 255 }, method: 'ptu', rate: 1, seed: 0 },
      ...{ steps: 1, sourceData: null, targetData: 'x', accuracy: null, gates: [] },
    },
    layer: serial(serial(conv2d(2, 1), relu), serial(globalAveragePool, dense(2))),
    params,
  }
})
afterAll(() => {
  disposeParams(params)
})

describe('the units that carry a class', () => {
  it('are those that it is read off, with the parts of pictures that excite them', async () => {
    const told: number[] = []
    const { units, patches } = await importantUnits({
      ...{ model, examples, names: [], taken: [...examples.labels], tell: (passes) => told.push(passes) },
      effort: { examples: 4, nodes: 20, mostNodes: 200, tolerance: 0.005, units: 1, patches: 2, searched: 12 },
    })
    if (isMissing(units)) throw new Error(units.why)
    expect(told).toEqual([4 * 22, 4 * 22, 12])
    const corner = units.classes.find(({ name }) => name === 'corner')
    expect(corner?.units).toMatchObject([{ unit: 1, share: { value: 1 } }])
    const [first, second] = corner?.units[0]?.patches ?? []
    expect([first, second].map((patch) => [patch?.top, patch?.left])).toEqual([
      [0, 0],
      [5, 5],
    ])
    const bright = patches.slice(-2).map(({ features }) => features.filter((pixel) => pixel === 255).length)
    expect(bright).toEqual([4, 4])
    // above the block all is linear: nothing is missed
    expect(units.nodes).toBe(20)
    expect(units.missedMost).toBeLessThan(1e-4)
  })

  it('are told with what their conductance misses, of more nodes where it misses more than the tolerance', async () => {
    const head = serial(serial(globalAveragePool, dense(1)), relu, dense(2))
    const kinked: ParamTree = [
      (params as readonly ParamTree[])[0] as ParamTree,
      [
        [[], { kernel: tensor([0, 60], [2, 1]), bias: tensor([-1]) }],
        [],
        { kernel: tensor([0, 1], [1, 2]), bias: tensor([0.5, 0]) },
      ],
    ]
    const found = async (mostNodes: number) => {
      const { units } = await importantUnits({
        ...{ model: { ...model, layer: serial(serial(conv2d(2, 1), relu), head), params: kinked } },
        ...{ examples, names: [], taken: [...examples.labels], tell: () => undefined },
        effort: { examples: 4, nodes: 5, mostNodes, tolerance: 0.005, units: 1, patches: 2, searched: 12 },
      })
      if (isMissing(units)) throw new Error(units.why)
      return units
    }
    const [few, many] = [await found(5), await found(200)]
    disposeParams(kinked[1] as ParamTree)
    expect(few.nodes).toBe(5)
    expect(many.nodes).toBeGreaterThan(5)
    expect(few.missedMost).toBeGreaterThan(0.005)
    expect(many.missedMost).toBeLessThan(few.missedMost)
    expect(many.missed).toBeLessThanOrEqual(many.missedMost)
  })
})

describe('fragile parameters', () => {
  it('are moved against half of the examples and judged on the others, the worst block first', async () => {
    const before = Tree.leaves(params).map((leaf) => [...leaf.dataSync()])
    const told: number[] = []
    const found = await fragileParameters(model, examples, (passes) => told.push(passes))
    expect(told).toEqual([6, 6, 6, 6])
    if (isMissing(found)) throw new Error(found.why)
    expect(found).toMatchObject({ part: 0.02, count: 6 })
    expect(found.blocks.map(({ parameters }) => parameters).toSorted((a, b) => a - b)).toEqual([4, 6])
    const [worst, other] = found.blocks
    expect(worst?.lost.value ?? 0).toBeGreaterThan(0)
    expect(worst?.lost.value ?? 0).toBeGreaterThanOrEqual(other?.lost.value ?? 1)
    expect(Tree.leaves(params).map((leaf) => [...leaf.dataSync()])).toEqual(before)
  })

  it('are not told of too few examples', async () => {
    const few = {
      ...examples,
      features: examples.features.slice(0, 4 * side ** 2),
      labels: examples.labels.slice(0, 4),
    }
    expect(await fragileParameters(model, few, () => undefined)).toEqual({ why: 'there are too few examples' })
  })
})
