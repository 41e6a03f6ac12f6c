export type { BlockEvidence, Undecided } from './evidence/block-evidence.ts'
export { evidence } from './evidence/evidence.ts'
export type { Depths, Hypothesis } from './evidence/hypothesis.ts'
export {
  decisiveMargin,
  type EvidenceOptions,
  type ExampleTargets,
  type Judge,
  type KernelMethod,
  type LabelledExamples,
} from './evidence/options.ts'
export { evidenceGate, evidencePlan, type EvidenceGateOptions } from './evidence/plan.ts'
export type { Evidence, EvidenceCost, HypothesisEvidence } from './evidence/result.ts'
export { fold, type PlainNetwork } from './fold.ts'
export { gateValues, roleOf, type GateValues, type ParamRole } from './gate-values.ts'
export { decayed, l2sp, type PenaltyOptions } from './l2sp.ts'
export { lora, type LoraOptions, type LoraParams } from './lora.ts'
export { ptuOver } from './mixed-output.ts'
export { mixout, type MixoutOptions } from './mixout.ts'
export { fineTunePlan, sharePlan, uniformPlan } from './plans.ts'
export { queriesAndValues } from './queries-and-values.ts'
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
