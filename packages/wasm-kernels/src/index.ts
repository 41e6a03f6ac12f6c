export { registerTrainingKernels, type Registration } from './registration.ts'
