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
  type PathAttribution,
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
export { ckaByExample, linearCka, type CkaOptions } from './similarity/cka.ts'
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
export { equalMass, equalWidth, type Binning, type Edges } from './uncertainty/binning.ts'
export {
  calibrationInterval,
  expectedCalibrationError,
  labelsFrom,
  type CalibrationInterval,
  type CalibrationIntervalOptions,
} from './uncertainty/calibration-error.ts'
export { checkClassified, softmaxOf, type Classified, type Scored } from './uncertainty/classified.ts'
export {
  conformalThreshold,
  coverageOfSets,
  crossConformal,
  cumulative,
  leastAmbiguous,
  splitConformal,
  type ConformalFold,
  type ConformalOptions,
  type Nonconformity,
  type PredictionSet,
} from './uncertainty/conformal.ts'
export { posteriorOf, type Posterior } from './uncertainty/posterior.ts'
export { reliability, type ReliabilityBin, type ReliabilityOptions } from './uncertainty/reliability.ts'
export {
  monteCarlo,
  testTimeAugmented,
  type Classifier,
  type MonteCarloOptions,
  type TestTimeOptions,
} from './uncertainty/sampled.ts'
export { atTemperature, fitTemperature, fitVectorScaling, scaledBy, type VectorScaling } from './uncertainty/scaling.ts'
export { brierScore, negativeLogLikelihood } from './uncertainty/scores.ts'
export {
  areaUnderRiskCoverage,
  selectiveCurve,
  selectiveThreshold,
  type SelectivePoint,
} from './uncertainty/selective.ts'
export { areaUnderRoc } from './shift/area-under-roc.ts'
export { imageShifts, type ImageShift } from './shift/image-shifts.ts'
export { inScenes } from './shift/in-scenes.ts'
export {
  energyScores,
  mahalanobisScores,
  maxSoftmaxScores,
  neighbourScores,
  type LabelledRows,
  type Rows,
} from './shift/out-of-distribution.ts'
export {
  effectiveRobustness,
  meanCorruptionError,
  robustnessLine,
  type AccuracyPair,
  type RobustnessLine,
  type ShiftErrors,
} from './shift/robustness.ts'
export {
  scene,
  sceneGrid,
  type Cutout,
  type GridPlacement,
  type Placement,
  type SceneGridOptions,
} from './shift/scene.ts'
export { atResolution, shifted } from './shift/shifted.ts'
