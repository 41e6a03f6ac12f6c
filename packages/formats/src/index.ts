export { disposeModel, listTensors, openModel, type ModelFile, type OpenOptions } from './open-model.ts'
export { fromStateDict, type StateDict } from './pytorch/from-state-dict.ts'
export type { NamedBytes } from './read-tensor-file.ts'
export type { Arrangement, StoredTensor, TensorFile } from './stored-tensor.ts'
