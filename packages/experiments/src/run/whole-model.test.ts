import { key } from '@ptu/core'
import type { PhotoLabels } from '@ptu/data'
import { dense, flatten, serial } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { beforeAll, describe, expect, it } from 'vitest'

import { colours, rightOf, smallComparison, smallNetwork } from '../../tests/small-network.ts'
import { decodeModel, type ModelFacts } from '../models/model-file.ts'
import { openNetwork, type PortableNetwork } from '../sources/portable-network.ts'
import type { TaskData } from '../tasks/task-data.ts'
import type { PlainModel } from './final-evaluation.ts'
import { encodeWhole } from './whole-model.ts'

let network: PortableNetwork

beforeAll(async () => {
  network = await smallNetwork()
})

/** The facts of a model of the network and a head, as its file keeps them. */
const factsOf = async (changes: Partial<TaskData>): Promise<ModelFacts> => {
  const { target, ...comparison } = smallComparison(network, colours(2, 3))
  const { blocks } = rightOf(await openNetwork(network)())
  const head = serial(flatten, dense(2))
  const params = [...blocks.map((block) => block.params), head.init(key(0), [2, 2, 6])]
  const plain: PlainModel = { network: serial(...blocks.map((block) => block.layer), head), params }
  const told = { classes: ['red', 'green'], method: 'ptu', rate: 1e-3, seed: 3, steps: 12, accuracy: 0.5, gates: [] }
  const bytes = await encodeWhole({ ...comparison, target: { ...target, ...changes } }, plain, told)
  disposeParams(params)
  const { facts, params: read } = rightOf(await decodeModel(bytes)())
  disposeParams(read)
  return facts
}

describe('the file of a model', () => {
  it('remembers the columns of the labels of a table of images, where there is one', async () => {
    const columns: PhotoLabels = { image: 'picture', label: 'weather' }
    expect((await factsOf({ columns })).columns).toEqual(columns)
    expect((await factsOf({})).columns).toBeUndefined()
  })

  it('remembers its method, its seed and the digest of what it was trained on', async () => {
    const facts = await factsOf({ digest: 'these' })
    expect(facts).toMatchObject({ method: 'ptu', seed: 3, steps: 12, targetData: 'these', sourceData: null })
    expect(facts.blocks).toEqual(['one', 'two', 'three'])
  })
})
