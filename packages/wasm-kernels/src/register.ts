import { registerTrainingKernels } from './registration.ts'

registerTrainingKernels()
