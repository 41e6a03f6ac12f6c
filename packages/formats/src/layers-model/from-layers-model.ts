import { freeze, ImportError, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { scope, type Shape } from '@ptu/tensor'
import { engine, type Tensor } from '@tensorflow/tfjs-core'
import type { Either } from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import type { DescribedModel } from '../described-model.ts'
import type { NamedPart } from '../open-folded.ts'
import type { StoredWeight } from '../stored-weight.ts'
import { cutPoints as pointsOf, segments } from './blocks.ts'
import { describedKeras } from './described-keras.ts'
import type { StoredLayersModel } from './stored-model.ts'

/** The part of a `tf.LayersModel` that is used. */
export interface LayersModelLike {
  /** The topology, as a record where `returnString` is false. */
  toJSON(unused?: unknown, returnString?: boolean): unknown
  readonly weights: readonly LiveWeight[]
}

/** A weight of a model in memory. */
export interface LiveWeight {
  readonly originalName: string
  /** Its value, which stays the model's. */
  read(): Tensor
}

/** The options for opening a model. */
export interface ImportOptions {
  /** The shape of an example; default the one the model was made for. */
  readonly input?: Shape
  /** The layer after which the rest is left out; default the model's output. */
  readonly until?: string
}

/**
 * A trained tf.LayersModel, or the model that a file of Keras or ONNX describes, as a source that can be looked into, cut
 * into blocks that end at the named layers.
 *
 * Each block computes what the model's layers do at inference; batch normalisation keeps its statistics. The last block
 * ends at `until`. Parameters are copied (of a model in memory, shared until either is freed): the source does not
 * change with the model, and the caller frees it with `disposeSource`. Needs no `@tensorflow/tfjs-layers`.
 *
 * A Left names the layer or the weight that is in the way, or lists where the model can be cut.
 *
 * @example
 * ```ts
 * const model = sequential({
 *   layers: [
 *     layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1], name: 'conv' }),
 *     layers.flatten(),
 *     layers.dense({ units: 5, name: 'dense' }),
 *   ],
 * })
 * const source = fromLayersModel(model, ['conv'])
 * expect(E.isRight(source) && source.right.blocks.map(({ name }) => name)).toEqual(['conv', 'dense'])
 * ```
 */
export const fromLayersModel = (
  model: LayersModelLike | StoredLayersModel | DescribedModel,
  cuts: readonly string[],
  options: ImportOptions = {},
): Either<ImportError, SourceNetwork<OpenBlock>> =>
  attempt(() => {
    const found = partsOf(model, cuts, options)
    const params = scope(() => found.map((segment) => segment.params()))
    return freeze(found, params)
  })

/**
 * The blocks of {@link fromLayersModel} before their parameters are made: no weight is read.
 *
 * @example
 * ```ts
 * const model = sequential({ layers: [layers.dense({ units: 5, inputShape: [3], name: 'dense' })] })
 * const body = bodyOfLayersModel(model, [])
 * expect(E.isRight(body) && body.right.map(({ name, layer }) => [name, layer.output([3])])).toEqual([['dense', [5]]])
 * ```
 */
export const bodyOfLayersModel = (
  model: LayersModelLike | StoredLayersModel | DescribedModel,
  cuts: readonly string[],
  options: ImportOptions = {},
): Either<ImportError, readonly NamedPart[]> => attempt(() => partsOf(model, cuts, options))

const partsOf = (
  model: LayersModelLike | StoredLayersModel | DescribedModel,
  cuts: readonly string[],
  { input, until }: ImportOptions,
): readonly NamedPart[] => segments(describedModel(model).graph(until), cuts, input)

/** The layers that a model can be cut at, input side first. The last is `until` or the model's output. */
export const cutPoints = (
  model: LayersModelLike | StoredLayersModel | DescribedModel,
  { until }: Pick<ImportOptions, 'until'> = {},
): Either<ImportError, readonly string[]> => attempt(() => pointsOf(describedModel(model).graph(until)))

/**
 * A model of any kind as what its description says of it: its name, the shape of its examples, its weights.
 *
 * @example
 * ```ts
 * const model = sequential({ layers: [layers.dense({ units: 5, inputShape: [3], name: 'dense' })] })
 * expect(describedModel(model).input).toEqual([3])
 * ```
 */
export const describedModel = (model: LayersModelLike | StoredLayersModel | DescribedModel): DescribedModel => {
  if ('graph' in model) return model
  return describedKeras('topology' in model ? model : storedFrom(model))
}

const storedFrom = (model: LayersModelLike): StoredLayersModel => {
  const weights = model.weights.map((weight): StoredWeight => {
    const value = weight.read()
    if (!engine().state.tensorInfo.has(value.dataId))
      throw new ImportError(
        `weight ${weight.originalName}: expected a tensor of this @tensorflow/tfjs-core, got one of another copy; install one version of all @tensorflow packages (npm ls @tensorflow/tfjs-core)`,
      )
    return { name: weight.originalName, shape: value.shape, tensor: () => value.clone() }
  })
  return { topology: model.toJSON(undefined, false), weights }
}
