export { lenet, mlp, resnet, vgg } from './bodies.ts'
export { initBody, withHead } from './body.ts'
export { disposeSource, freeze, parameterCounts } from './freeze.ts'
export { ImportError } from './import/errors.ts'
export { foldNormalisations } from './import/fold-normalisations.ts'
export {
  cutPoints,
  fromLayersModel,
  type ImportOptions,
  type LayersModelLike,
  type LiveWeight,
} from './import/from-layers-model.ts'
export { fromFunction } from './from-function.ts'
export { fromGraphModel, type GraphModelLike } from './import/from-graph-model.ts'
export { readLayersModel } from './import/read-layers-model.ts'
export { decodeLayersModel, type StoredLayersModel } from './import/stored-model.ts'
export type { StoredWeight } from './import/weights.ts'
export { NotHomogeneousError, rescale, rescaleProblem } from './rescale.ts'
export type { Body, NamedLayer, OpenBlock, SourceBlock, SourceNetwork } from './source.ts'
export { rowReader, tagger, type TaggerOptions } from './sequence-bodies.ts'
