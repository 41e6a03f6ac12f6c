export { adamStep, type AdamAttrs, type AdamTensors } from './fused/adam.ts'
export { mixBranches, type MixBranches, type MixGates } from './fused/mix.ts'
export { registerTrainingKernels, type Registration } from './registration.ts'
