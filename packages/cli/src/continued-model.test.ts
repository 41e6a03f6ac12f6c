import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key } from '@ptu/core'
import {
  encodeKept,
  encodeModel,
  portable,
  type InputRule,
  type KeptExamples,
  type ModelFacts,
  type OpenedNetwork,
} from '@ptu/experiments'
import { thisMachine } from '@ptu/experiments/node'
import { conv2d, dense, globalAveragePool, serial } from '@ptu/layers'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openModelAt } from './open-model.ts'
import { encodeTrainedOn, trainedOnFile } from './trained-on.ts'

const input: InputRule = {
  ...{ shape: [4, 4, 3], normalisation: { mean: [0, 0, 0], deviation: [255, 255, 255] }, vocabulary: null },
  image: { size: [4, 4], channels: 3, fit: 'squash' },
}
const body = ['one', 'two'].map((name) => ({ name, layer: conv2d(3, 1) }))
const [one, two] = body as [(typeof body)[0], (typeof body)[0]]

/** A block from a seed. */
const made = (block: (typeof body)[0], seed: number): ParamTree => block.layer.init(key(seed), [4, 4, 3])

/** The bytes of a model for two classes whose blocks come from seeds. */
const modelOf = async (first: number, second: number): Promise<Uint8Array> => {
  const head = serial(globalAveragePool, dense(2))
  const params = [made(one, first), made(two, second), head.init(key(9), [4, 4, 3])]
  const facts: ModelFacts = {
    ...{ format: 'ptu-model/2', spec: serial(one.layer, two.layer, head).spec, blocks: ['one', 'two'], ...input },
    ...{ classes: ['cat', 'dog'], method: 'ptu', rate: 1e-3, seed: 0, steps: 1, sourceData: null },
    ...{ targetData: 'digest', accuracy: null, gates: [] },
  }
  const bytes = await encodeModel(params, facts)
  disposeParams(params)
  return bytes
}

const networkOf = async (blocks: typeof body, ...seeds: readonly number[]) => {
  const params = blocks.map((block, i) => made(block, seeds[i] as number))
  const network = await portable(blocks, params, input)
  disposeParams(params)
  return network
}

let folder = ''
let kept: KeptExamples

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-continued-'))
  kept = {
    examples: {
      ...{ shape: [4, 4, 3], features: new Float32Array(96).fill(0.5), labels: Int32Array.of(0, 1) },
      classes: ['cat', 'dog'],
    },
    ...{ files: ['a.png', 'b.png'], cut: 1, prefix: (await networkOf([one], 1)).digest },
    rest: await networkOf([two], 5),
  }
})
afterAll(() => rm(folder, { recursive: true }))

const opened = async (
  name: string,
  files: Readonly<Record<string, Uint8Array>>,
  earlier = true,
): Promise<OpenedNetwork> => {
  await mkdir(join(folder, name))
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, name, file), bytes)
  return openAgain(name, earlier)
}

const openAgain = async (name: string, earlier: boolean): Promise<OpenedNetwork> => {
  const found = await openModelAt(folder, thisMachine())(name, { input: undefined, range: undefined, earlier })()
  if (E.isLeft(found)) throw found.left
  return found.right
}

describe('a model that a training goes on from', () => {
  it('is the network as it was before its training, with its examples', async () => {
    const files = { 'model.safetensors': await modelOf(1, 2), 'examples.safetensors': await encodeKept(kept) }
    const { network, earlier, warnings } = await opened('whole', files)
    expect(network.digest).toBe((await networkOf(body, 1, 5)).digest)
    expect(earlier).toEqual(kept)
    expect(warnings).toEqual([])
  })

  it('is the network as it is where its examples are not asked for', async () => {
    const files = { 'model.safetensors': await modelOf(1, 2), 'examples.safetensors': await encodeKept(kept) }
    const { network, earlier } = await opened('plain', files, false)
    expect([network.digest, earlier]).toEqual([(await networkOf(body, 1, 2)).digest, undefined])
  })

  it('names the examples that it was trained on by their digests, where its folder does', async () => {
    const digests = new TextEncoder().encode(encodeTrainedOn(['a1', 'b2']))
    const { trainedOn } = await opened(
      'seen',
      { 'model.safetensors': await modelOf(1, 2), [trainedOnFile]: digests },
      false,
    )
    expect(trainedOn).toEqual(new Set(['a1', 'b2']))
    expect((await opened('unseen', { 'model.safetensors': await modelOf(1, 2) }, false)).trainedOn).toEqual(new Set())
  })

  it('forgets its classes, and says so, where its examples are missing', async () => {
    const { earlier, warnings } = await opened('missing', { 'model.safetensors': await modelOf(1, 2) })
    expect(earlier).toBeUndefined()
    expect(warnings).toEqual([
      'model.safetensors: the examples that it was trained on were not kept (examples.safetensors); its classes cat, dog are forgotten',
    ])
  })

  it('is refused, with what to do, where its examples are damaged or of other frozen blocks', async () => {
    const model = await modelOf(1, 2)
    const bytes = await encodeKept(kept)
    const flipped = bytes.with(bytes.length - 3, (bytes.at(-3) ?? 0) ^ 1)
    const cases: readonly (readonly [string, Readonly<Record<string, Uint8Array>>, string])[] = [
      ['broken', { 'model.safetensors': model, 'examples.safetensors': bytes.subarray(0, 300) }, 'cannot use'],
      ['flipped', { 'model.safetensors': model, 'examples.safetensors': flipped }, 'cannot use'],
      ['none', { 'model.safetensors': model, 'examples.safetensors': model }, 'does not hold examples'],
      [
        'other',
        { 'model.safetensors': await modelOf(3, 2), 'examples.safetensors': bytes },
        'belongs to another model',
      ],
    ]
    for (const [name, files, told] of cases) {
      const refused = opened(name, files)
      await expect(refused, name).rejects.toThrow(told)
      await expect(refused, name).rejects.toThrow(
        '; bring the folder back as it was written, or train on the new images alone with --forget',
      )
      // Without the classes of the earlier training the file is not read.
      expect((await openAgain(name, false)).earlier).toBeUndefined()
    }
  })
})
