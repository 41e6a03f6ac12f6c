export { fold, type PlainNetwork } from './fold.ts'
export { gateValues, roleOf, type GateValues, type ParamRole } from './gate-values.ts'
export { ptuOver } from './mixed-output.ts'
export { fineTunePlan, sharePlan, uniformPlan } from './plans.ts'
export { branchesOver, ptu, type PtuOptions } from './ptu.ts'
export type { HiddenMix } from './recurrent-unit.ts'
export { fineTune, observe, scratch, share } from './simple.ts'
export {
  PlanError,
  type BlockInput,
  type Folded,
  type Strategy,
  type TransferBlock,
  type UnitOpenness,
} from './strategy.ts'
export { transfer, type TransferModel, type TransferParams, type TransferPlan } from './transfer.ts'
