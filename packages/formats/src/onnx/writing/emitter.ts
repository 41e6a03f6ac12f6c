import type { Layer, LayerSpec } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import { ExportError } from '../../export-error.ts'
import type { GraphBuilder } from './graph-builder.ts'
import type { Value } from './value.ts'

/** A layer that is to become nodes, with its parameters and its input. */
export interface Subject {
  readonly layer: Layer
  readonly spec: LayerSpec
  readonly params: ParamTree
  readonly input: Value
  /** The shape of one output. */
  readonly output: Shape
  /** The place of the layer in the network: `features.0/0`. Nodes and weights are named after it. */
  readonly place: string
  readonly graph: GraphBuilder
  /** The numbers of a tensor among the parameters. */
  readonly numbersOf: (tensor: Tensor) => Float32Array
  /** Adds the nodes of another layer, such as a part of this one. */
  readonly emit: (layer: Layer, params: ParamTree, input: Value, place: string) => Value
}

/** Adds the nodes of a layer and gives its output. Throws `ExportError` for a setting that ONNX cannot express. */
export type Emitter = (subject: Subject) => Value

/** One of the layer's own tensors: its numbers and shape; undefined if it has none of this name. */
export const parameter = (
  { params, numbersOf }: Subject,
  name: string,
): { readonly values: Float32Array; readonly shape: Shape } | undefined => {
  const tensor = (params as Readonly<Record<string, Tensor | undefined>>)[name]
  return tensor && { values: numbersOf(tensor), shape: tensor.shape }
}

/** A tensor that the layer must have. */
export const required = (subject: Subject, name: string): { readonly values: Float32Array; readonly shape: Shape } => {
  const found = parameter(subject, name)
  if (found === undefined)
    throw new ExportError(`${subject.place}: expected ${subject.spec.type} to have parameters ${name}, it has none`)
  return found
}

/** The error for a layer that cannot be written, with the reason. */
export const notInOnnx = ({ place, spec }: Pick<Subject, 'place' | 'spec'>, why: string): ExportError =>
  new ExportError(
    `${place}: ${spec.type} cannot be written to ONNX: ${why}; export with --to layers or --to pytorch, or keep ptu's own file`,
  )
