import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { openNetwork } from '@ptu/experiments'
import { thisMachine } from '@ptu/experiments/node'
import { decodeLayersModel, fromLayersModel } from '@ptu/formats'
import { disposeSource } from '@ptu/networks'
import { randomUniform, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { openModelAt } from './open-model.ts'
import { storedIn } from './open-nsfwjs.ts'

const formats = join(import.meta.dirname, '../../formats/package.json')
const folder = join(dirname(createRequire(formats).resolve('nsfwjs')), '../models/mobilenet_v2')
const script = (name: string): string => readFileSync(join(folder, name), 'utf8')
const load = createRequire(import.meta.url)

const right = <A>(found: E.Either<Error, A>): A => {
  if (E.isLeft(found)) throw found.left
  return found.right
}

describe('the network of nsfwjs', () => {
  it('is what its scripts give when they are run', async () => {
    const json: unknown = load(join(folder, 'model.min.js'))
    const bytes = Buffer.from(load(join(folder, 'group1-shard1of1.min.js')) as string, 'base64')
    const wanted = right(
      fromLayersModel(right(decodeLayersModel(json, bytes)), [], { input: [32, 32, 3], until: 'out_relu' }),
    )
    const opened = await openModelAt(import.meta.dirname, thisMachine())('nsfwjs_mobilenet_v2', { input: [32, 32] })()
    const { network, warnings } = right(opened)
    expect(network.input).toMatchObject({
      image: { size: [32, 32], channels: 3, fit: 'squash' },
      normalisation: { mean: [0, 0, 0], deviation: [255, 255, 255] },
    })
    expect(warnings).toEqual([])
    expect(network.blocks.map(({ name }) => name)).toContain('block_15_add')
    const made = right(await openNetwork(network)())
    const x = randomUniform([1, 32, 32, 3], 0, 1, 'float32', 1)
    const [ours, theirs] = [made, wanted].map((source) => source.activations(x)) as [
      readonly Tensor[],
      readonly Tensor[],
    ]
    expect(ours.at(-1) as Tensor).toBeAllClose(theirs.at(-1) as Tensor, { absolute: 1e-4, relative: 1e-4 })
    for (const tensor of [x, ...ours, ...theirs]) tensor.dispose()
    for (const source of [made, wanted]) disposeSource(source)
  })

  it('is refused where a script is another one', () => {
    const [description, weights] = ['model.min.js', 'group1-shard1of1.min.js'].map(script) as [string, string]
    expect(E.isRight(storedIn(description, weights))).toBe(true)
    for (const [d, w] of [
      ['', weights],
      [description, ''],
      [description.replace('modelTopology:{', 'modelTopology:{,'), weights],
      [description, weights.replace('exports="', 'exports="AAAAAAAA')],
    ] as const)
      expect(E.isLeft(storedIn(d, w))).toBe(true)
  })
})
