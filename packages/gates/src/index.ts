export { fixedGate, type FixedGateOptions } from './fixed-gate.ts'
export type { BranchCount, Branches, Gate, Openness } from './gate.ts'
export {
  hierarchicalGate,
  type GateParams,
  type HierarchicalGateOptions,
  type HierarchicalGateParams,
} from './hierarchical-gate.ts'
export { inputGate, type InputGateOptions, type InputGateParams, type NeuronParams } from './input-gate.ts'
export { mix } from './mix.ts'
export { noiseProbability, type Noise } from './noise.ts'
