import type { Shape } from '@ptu/tensor'

import type { Graph } from './layers-model/graph.ts'
import type { Part } from './layers-model/part.ts'
import type { StoredWeight } from './stored-weight.ts'

/** The function of one layer of a graph, before its path is known. */
export interface Step {
  /** The layers that it is, one after another; none for a layer that joins paths. */
  readonly parts: readonly Part[]
  /** Joins the paths that end at what the layer reads, for a layer that reads several others. */
  readonly join?: (paths: readonly Part[]) => Part
}

/** A graph whose layers can be translated. */
export interface OpenGraph extends Graph {
  /**
   * The function of each layer, for examples of a shape; default the one that the model was made for. Makes no parameter.
   * Throws `ImportError`.
   */
  steps(input: Shape | undefined): readonly Step[]
}

/** A trained model as its file describes it, layer by layer: one of Keras or tfjs, or of ONNX. */
export interface DescribedModel {
  /** The format and the name of the model: `Keras efficient`. */
  readonly title: string
  /** The shape of an example; undefined where the file does not say it. */
  readonly input: Shape | undefined
  readonly weights: readonly StoredWeight[]
  /** Facts about the way it is opened, for people to read. */
  readonly facts: Readonly<Record<string, string>>
  /**
   * The layers up to one, the model's output unless given. Throws `ImportError`.
   *
   * @internal
   */
  graph(until?: string): OpenGraph
  /**
   * The same model, which tells the name of each weight that is read.
   *
   * @internal
   */
  watched(use: (name: string) => void): DescribedModel
  /**
   * The same model some of whose inputs are always one number, where it may have several. Throws `ImportError`.
   *
   * @internal
   */
  fixing?(numbers: Readonly<Record<string, number>>): DescribedModel
}
