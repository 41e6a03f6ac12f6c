export { openChars2vec, type CharacterModel } from './chars2vec/open-chars2vec.ts'
export type { DescribedModel } from './described-model.ts'
export { ExportError } from './export-error.ts'
export { fromGraphModel, type GraphModelLike } from './graph-model/from-graph-model.ts'
export type { FolderDescriptions, PixelStep } from './hugging-face/descriptions.ts'
export { huggingFaceOf, type FolderOptions, type WrittenFolder } from './hugging-face/to-hugging-face.ts'
export type { TokenInput } from './hugging-face/model-type.ts'
export { decodeKeras } from './keras/decode-keras.ts'
export {
  bodyOfLayersModel,
  cutPoints,
  describedModel,
  fromLayersModel,
  type ImportOptions,
  type LayersModelLike,
  type LiveWeight,
} from './layers-model/from-layers-model.ts'
export type { Part } from './layers-model/part.ts'
export type { NamedPart } from './open-folded.ts'
export { scalesPixels } from './layers-model/scales-pixels.ts'
export type { OwnedWeight, OwnedWeights } from './layers-model/owned-weights.ts'
export { decodeLayersModel, type StoredLayersModel } from './layers-model/stored-model.ts'
export { encodeOnnx, type OnnxOptions } from './onnx/write-onnx.ts'
export { decodeOnnx, type OnnxReadOptions } from './onnx/decode-onnx.ts'
export {
  disposeModel,
  listTensors,
  openHuggingFace,
  openModel,
  type ModelFile,
  type OpenOptions,
} from './open-model.ts'
export { findModules, type FindModules } from './pytorch/find-modules.ts'
export { fromStateDict, type StateDict } from './pytorch/from-state-dict.ts'
export { stateDictOf, type WrittenStateDict } from './pytorch/state-dict-of.ts'
export { encodePyTorch } from './pytorch/write-pytorch.ts'
export type { NamedBytes } from './read-tensor-file.ts'
export { encodeSafetensors } from './safetensors/write-safetensors.ts'
export type { Arrangement, StoredTensor, TensorFile } from './stored-tensor.ts'
export type { StoredWeight } from './stored-weight.ts'
export type { TrainedNetwork } from './trained-network.ts'
export type { WrittenTensor } from './written-tensor.ts'
