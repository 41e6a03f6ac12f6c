export { readLayersModel } from './layers-model/read-layers-model.ts'
export { readModel, readNamed, readTensors } from './read-file.ts'
export { isHuggingFaceFolder } from './hugging-face/read-folder.ts'
