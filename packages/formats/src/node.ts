export { readLayersModel } from './layers-model/read-layers-model.ts'
export { descriptionBeside, readModel, readTensors } from './read-file.ts'
