export { readLayersModel } from './layers-model/read-layers-model.ts'
export { readModel, readTensors } from './read-file.ts'
