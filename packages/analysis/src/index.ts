// What a transferred model depends on.
export { corruptParams, type Attack, type AttackOptions } from './corruption/attack.ts'
export type { CorruptionSet } from './corruption/corruption-set.ts'
export { eachBlock, eachLayer, eachTensor, wholeNetwork, type Grouping } from './corruption/groups.ts'
export { randomCorruption } from './corruption/random-corruption.ts'
export { corruptionResistant, type ResistanceOptions } from './corruption/resistant.ts'
export { riskAt, riskGradient, type Risk, type RiskGradient } from './corruption/risk.ts'
export { vulnerability, type Vulnerability, type VulnerabilityOptions } from './corruption/vulnerability.ts'
export { worstCase, type WorstCase } from './corruption/worst-case.ts'
export { channelSums, type Attribution, type CompleteAttribution } from './attribution/attribution.ts'
export {
  conductance,
  integratedGradients,
  straightLine,
  type ConductanceOptions,
  type Path,
  type PathOptions,
} from './attribution/conductance.ts'
export { deepLift, type DeepLift, type DeepLiftOptions } from './attribution/deep-lift.ts'
export type { NonlinearityRule, ProductRule } from './attribution/lifted.ts'
export {
  inputTimesGradient,
  smoothGradient,
  type GradientOptions,
  type SmoothOptions,
} from './attribution/gradients.ts'
export {
  foldedBlocks,
  openBlocks,
  transferBlocks,
  type FixedBlock,
  type LayerBlock,
} from './attribution/network-blocks.ts'
export type { Target } from './attribution/target.ts'
export {
  attributionSimilarity,
  type AttributionSimilarity,
  type SimilarityOptions,
} from './sanity/attribution-similarity.ts'
export { cascadingRandomisation, type Randomised, type RandomisationOptions } from './sanity/randomisation.ts'
export { rankCorrelation } from './sanity/rank-correlation.ts'
export { linearCka, type CkaOptions } from './similarity/cka.ts'
export {
  codeLength,
  probeLearner,
  type CodedPortion,
  type CodeLength,
  type CodeLengthOptions,
  type Learner,
} from './similarity/code-length.ts'
export {
  compareBlocks,
  probeBlocks,
  type BlockSimilarity,
  type ProbeBlocksOptions,
  type ProbedBlock,
} from './similarity/compare-blocks.ts'
export { blockFeatures, type BlockFeatureOptions, type BlockFeatures, type Features } from './similarity/features.ts'
export { anchored, fisherDiagonal, type AnchorOptions, type FisherOptions } from './similarity/fisher.ts'
export { logMe, type LogMeOptions } from './similarity/log-me.ts'
export { hScore, leep, nce } from './similarity/transferability.ts'
