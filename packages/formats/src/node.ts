export { readLayersModel } from './layers-model/read-layers-model.ts'
export { filesBeside, readModel, readTensors } from './read-file.ts'
export { isHuggingFaceFolder } from './hugging-face/read-folder.ts'
