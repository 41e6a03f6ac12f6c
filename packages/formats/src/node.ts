export { readModel, readTensors } from './read-file.ts'
