import { conv2d, dense, elu, flatten, maxPool, relu, serial, sigmoid, tanh } from '@ptu/layers'
import type { Body } from '@ptu/networks'
import type { ParamTree } from '@ptu/tensor'
import { tensorsOf, type Stored } from '@ptu/testing'

import { openBlocks, type LayerBlock } from '../src/attribution/network-blocks.ts'
import { readFixture } from './fixture.ts'

/** The networks of `fixtures/attribution.json`. */
const bodies: Readonly<Record<string, Body>> = {
  smooth: [
    { name: 'first', layer: serial(dense(8), tanh) },
    { name: 'second', layer: serial(dense(6), sigmoid) },
    { name: 'head', layer: dense(3) },
  ],
  rectified: [
    { name: 'first', layer: serial(dense(8), relu) },
    { name: 'second', layer: serial(dense(6), relu) },
    { name: 'head', layer: dense(3) },
  ],
  convolutional: [
    { name: 'first', layer: serial(conv2d(4, 3), relu, maxPool(2)) },
    { name: 'second', layer: serial(conv2d(3, 3), elu) },
    { name: 'head', layer: serial(flatten, dense(3)) },
  ],
}

interface StoredNetwork {
  readonly params: readonly { readonly kernel: Stored; readonly bias: Stored }[]
  readonly x: Stored
  readonly baseline: Stored
  readonly target: readonly number[]
  readonly change: readonly number[]
  readonly attributions: Readonly<Record<string, Stored>>
}

const stored = (readFixture('attribution') as { readonly networks: Readonly<Record<string, StoredNetwork>> }).networks

/** A network of the fixture with its inputs; the caller owns `tensors`. */
export const capturedNetwork = (name: string) => {
  const { params, x, baseline, ...rest } = stored[name] as StoredNetwork
  const layers = bodies[name] as Body
  const trees = layers.map(({ layer }, i): ParamTree => {
    const own = tensorsOf(params[i] as never)
    const parts = layer.structure.kind === 'composite' ? layer.structure.parts : undefined
    return parts?.map((part) => (part.structure.kind === 'affine' ? own : [])) ?? own
  })
  const inputs = tensorsOf([x, baseline] as never) as readonly [ParamTree, ParamTree]
  return {
    ...rest,
    blocks: openBlocks(layers, trees) satisfies readonly LayerBlock[],
    x: inputs[0] as never,
    baseline: inputs[1] as never,
    tensors: [trees, inputs] as ParamTree,
  }
}
