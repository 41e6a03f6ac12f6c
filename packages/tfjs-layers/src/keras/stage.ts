import type { LayerSpec } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { layers } from '@tensorflow/tfjs-layers'

import { LayersModelError } from '../errors.ts'

/** One Keras layer of the chain that a layer of ptu becomes. */
export interface Stage {
  readonly layer: layers.Layer
  /** Makes its weights; the caller frees them. */
  readonly weights?: () => readonly Tensor[]
}

/** A layer of ptu that is not made of others, with its parameters. */
export interface Subject {
  readonly spec: LayerSpec
  readonly params: ParamTree
  /** The shape of one example. */
  readonly input: Shape
  /** A name for a Keras layer, another one each time. */
  readonly nameOf: (type: string) => string
}

/** Makes the chain that computes the same. Throws `LayersModelError` if no Keras layers of tfjs do. */
export type Stages = (subject: Subject) => readonly Stage[]

/** Parameters under their names. */
export const tensorsOf = ({ params }: Subject): Readonly<Record<string, Tensor>> =>
  params as Readonly<Record<string, Tensor>>

/** The error for a layer that cannot be exported, with the reason. */
export const noCounterpart = ({ type }: LayerSpec, why: string): LayersModelError =>
  new LayersModelError(
    `${type} cannot become a layer of tfjs: ${why}; keep the network in ptu's own file (saveParams of @ptu/tensor)`,
  )
