import type { LayerSpec } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { layers } from '@tensorflow/tfjs-layers'

import { LayersModelError } from '../errors.ts'

/** One Keras layer of the chain that a layer of ptu becomes. */
export interface Stage {
  readonly layer: layers.Layer
  /** Its weights; what this makes is freed by the caller. */
  readonly weights?: () => readonly Tensor[]
}

/** A layer of ptu that is not made of others, with its parameters. */
export interface Subject {
  readonly spec: LayerSpec
  readonly params: ParamTree
  /** Of one example. */
  readonly input: Shape
  /** A name for a Keras layer, another one each time. */
  readonly nameOf: (type: string) => string
}

/** The chain that computes the same. Throws `LayersModelError` where Keras layers of tfjs cannot. */
export type Stages = (subject: Subject) => readonly Stage[]

/** Parameters under their names. */
export const tensorsOf = ({ params }: Subject): Readonly<Record<string, Tensor>> =>
  params as Readonly<Record<string, Tensor>>

/** Why a layer cannot be exported. */
export const noCounterpart = ({ type }: LayerSpec, why: string): LayersModelError =>
  new LayersModelError(
    `${type} cannot become a layer of tfjs: ${why}; keep the network in ptu's own file (saveParams of @ptu/tensor)`,
  )
