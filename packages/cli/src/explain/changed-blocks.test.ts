import { ckaByExample } from '@ptu/analysis'
import { key, normals, Tree } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import type { LoadedModel } from '@ptu/experiments'
import { dense, serial, tanh } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { changesFrom, relativeChange } from './changed-blocks.ts'
import { isMissing, type Changes } from './explanation.ts'

describe('the change of a block', () => {
  it('is the length of the change by the length of the source', async () => {
    const source = { kernel: tensor([3, 0]), bias: tensor([4]) }
    const own = { kernel: tensor([3, 1]), bias: tensor([4]) }
    expect(await relativeChange(own, source)).toBeCloseTo(1 / 5, 6)
    expect(await relativeChange(source, source)).toBe(0)
    expect(await relativeChange({}, {})).toBe(0)
    disposeParams([source, own])
  })

  it('is not known for other shapes, or where the source is zero', async () => {
    const [a, b, zero] = [tensor([1, 2]), tensor([1, 2, 3]), tensor([0, 0])]
    expect(await relativeChange({ a }, { a: b })).toBeNull()
    expect(await relativeChange({ a }, { a, b })).toBeNull()
    expect(await relativeChange({ a }, { a: zero })).toBeNull()
    disposeParams([a, b, zero])
  })
})

describe('the outputs of blocks', () => {
  const [count, size] = [12, 3]
  const examples: Dataset = {
    ...{ shape: [size], features: Float32Array.from(normals(key(1), count * size)) },
    ...{ labels: new Int32Array(count), classes: ['x', 'y'] },
  }
  const modelOf = (blocks: readonly string[], seed: number): LoadedModel => {
    const layer = serial(...blocks.map(() => serial(dense(4), tanh)), dense(2))
    return {
      facts: {
        ...{ format: 'ptu-model/2', spec: null, blocks, shape: [size], classes: examples.classes, vocabulary: null },
        ...{ image: null, normalisation: { mean: 0, deviation: 1 }, method: 'ptu', rate: 1, seed: 0, steps: 1 },
        ...{ sourceData: null, targetData: 'x', accuracy: null, gates: [] },
      },
      ...{ layer, params: layer.init(key(seed), [size]) },
    }
  }
  const found = async (model: LoadedModel, source: LoadedModel, some = examples): Promise<Changes['blocks']> => {
    const changes = await changesFrom('s', model, source, some)
    disposeParams([model.params, source.params])
    if (isMissing(changes)) throw new Error(changes.why)
    return changes.blocks
  }

  /** The outputs of the first block, `tanh(x W + b)`. */
  const outputsOf = ({ params }: LoadedModel) => {
    const [kernel, bias] = Tree.leaves(params).map((leaf) => [...leaf.dataSync()])
    const unitOf = (row: number, unit: number): number =>
      [0, 1, 2].reduce(
        (sum, i) => sum + Number(examples.features[row * size + i]) * Number(kernel?.[i * 4 + unit]),
        Number(bias?.[unit]),
      )
    const values = Float32Array.from({ length: count * 4 }, (_, at) => Math.tanh(unitOf(Math.floor(at / 4), at % 4)))
    return { values, examples: count, size: 4 }
  }

  it('are alike where nothing changed, and as alike as CKA says with its interval where something did', async () => {
    const [same] = await found(modelOf(['a'], 1), modelOf(['a'], 1))
    expect(same).toMatchObject({ change: 0, likeness: { value: 1, interval: null } })
    const [model, source] = [modelOf(['a'], 1), modelOf(['a'], 2)]
    const [own, other] = [outputsOf(model), outputsOf(source)]
    const parts = [...ckaByExample(own, other)]
    const mean = parts.reduce((a, b) => a + b, 0) / count
    const [changed] = await found(model, source)
    expect(changed?.likeness?.value).toBeCloseTo(mean, 4)
    expect(changed?.likeness?.interval?.low).toBeLessThan(mean)
    expect(changed?.likeness?.interval?.high).toBeGreaterThan(mean)
  })

  it('are not compared behind a block that the source has not, nor with too few or equal examples', async () => {
    const likenesses = (blocks: Changes['blocks']) => blocks.map(({ likeness }) => likeness !== null)
    expect(likenesses(await found(modelOf(['a', 'b'], 1), modelOf(['a', 'c'], 2)))).toEqual([true, false])
    expect(likenesses(await found(modelOf(['a', 'b'], 1), modelOf(['c', 'b'], 2)))).toEqual([false, false])
    const few = { ...examples, features: examples.features.slice(0, 4 * size), labels: new Int32Array(4) }
    expect(likenesses(await found(modelOf(['a'], 1), modelOf(['a'], 2), few))).toEqual([false])
    const equal = { ...examples, features: new Float32Array(count * size).fill(1) }
    expect(likenesses(await found(modelOf(['a'], 1), modelOf(['a'], 2), equal))).toEqual([false])
  })
})
