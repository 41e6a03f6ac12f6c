import { key } from '@ptu/core'
import { dense, relu, serial } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { right } from '../../tests/right.ts'
import { decodeModel, encodeModel, type ModelFacts } from './model-file.ts'

const network = serial(dense(5), relu, dense(2))

const facts: ModelFacts = {
  ...{ format: 'ptu-model/2', spec: network.spec, blocks: ['first', 'head'], shape: [4], classes: ['a', 'b'] },
  ...{ vocabulary: null, image: null, normalisation: { mean: 0, deviation: 1 }, method: 'ptu', rate: 1, seed: 0 },
  ...{ steps: 1, sourceData: null, targetData: 'x', accuracy: null, gates: [] },
}

/** The file of a network with the parameters of another one. */
const fileOf = async (made: typeof network, input: number, changes: Partial<ModelFacts> = {}): Promise<Uint8Array> => {
  const params = made.init(key(0), [input])
  const bytes = await encodeModel(params, { ...facts, ...changes })
  disposeParams(params)
  return bytes
}

describe('a model in a file', () => {
  it('comes back as it was written', async () => {
    const { params, facts: found, layer } = right(await decodeModel(await fileOf(network, 4))())
    expect(found).toEqual(facts)
    expect(layer.spec).toEqual(network.spec)
    disposeParams(params)
  })

  it.each([
    ['of other shapes', serial(dense(6), relu, dense(2)), 4, {}],
    ['for other inputs', network, 3, {}],
    ['of another structure', serial(dense(5), dense(2)), 4, {}],
  ] as const)('is refused where its parameters are %s', async (_what, made, input, changes) => {
    const found = await decodeModel(await fileOf(made, input, changes))()
    expect(E.isLeft(found) && found.left.message).toBe('its parameters are not those of the network it describes')
  })

  it('is refused where it has more classes than outputs', async () => {
    const found = await decodeModel(await fileOf(network, 4, { classes: ['a', 'b', 'c'] }))()
    expect(E.isLeft(found) && found.left.message).toContain('expected outputs [3] for its classes')
  })
})
