// What a transferred model depends on.
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
export type { ImageSize } from './shift/image.ts'
export {
  energyScores,
  mahalanobisScores,
  maxSoftmaxScores,
  neighbourScores,
  type LabelledRows,
  type Rows,
} from './shift/out-of-distribution.ts'
export { amplitudesSwapped, recombined } from './shift/recombined.ts'
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
