// What a transferred model depends on.
export { corruptParams, type Attack, type AttackOptions } from './corruption/attack.ts'
export type { CorruptionSet } from './corruption/corruption-set.ts'
export { eachBlock, eachLayer, eachTensor, wholeNetwork, type Grouping } from './corruption/groups.ts'
export { randomCorruption } from './corruption/random-corruption.ts'
export { corruptionResistant, type ResistanceOptions } from './corruption/resistant.ts'
export { riskAt, riskGradient, type Risk, type RiskGradient } from './corruption/risk.ts'
export { vulnerability, type Vulnerability, type VulnerabilityOptions } from './corruption/vulnerability.ts'
export { worstCase, type WorstCase } from './corruption/worst-case.ts'
