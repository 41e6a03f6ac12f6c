export { fileChunks, FileError, fileReason, makeFolder, readFile, withFile, writeFile, type OpenFile } from './files.ts'
export {
  stopGradient,
  straightThrough,
  sumTo,
  valueAndGrad,
  withGradient,
  type Differentiable,
  type ValueAndGrad,
} from './gradient.ts'
export { copied, peek } from './numbers.ts'
export {
  bytesOf,
  cloneParams,
  countParams,
  disposeParams,
  mapParams,
  zipParams,
  type ParamTree,
  type Shape,
} from './params.ts'
export { bernoulli, normal, truncatedNormal, uniform } from './random.ts'
export { decodeMetadata, decodeParams, encodeParams, type SavedParams } from './safetensors.ts'
export { CorruptFileError } from './safetensors-header.ts'
export { loadParams, saveParams } from './save.ts'
export { scope } from './scope.ts'
