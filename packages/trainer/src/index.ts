export type {
  Answered,
  Candidate,
  CandidateProgress,
  Judged,
  Outcome,
  Phase,
  ProtocolOptions,
  TrainedPart,
  Trial,
  TrialMemory,
  TrialResult,
  TrialScore,
} from './candidate.ts'
export { loadCheckpoint, saveCheckpoint, type Settings } from './checkpoint.ts'
export { bestByValidation, divideForSearch, runCandidate } from './compare.ts'
export {
  encodeDataset,
  encodeEachBatch,
  type BatchSource,
  type EncodedDataset,
  type EncodeOptions,
} from './encodings.ts'
export type { Differentiation } from './differentiation.ts'
export { AbortedError, CheckpointError, DivergedError, type TrainError } from './errors.ts'
export {
  evaluate,
  evaluateSource,
  predict,
  predictDataset,
  type EvaluateOptions,
  type Evaluation,
  type Predictions,
} from './evaluate.ts'
export { encodeFeatures, encoderOf, type Encoder, type FeatureOptions, type Features } from './features.ts'
export { fit, type FitResult } from './fit.ts'
export {
  binaryCrossEntropy,
  crossEntropy,
  huber,
  lossOf,
  meanSquaredError,
  stepCrossEntropy,
  type Loss,
} from './losses.ts'
export {
  accuracy,
  argmaxRows,
  calibrationError,
  confusionMatrix,
  macroRecall,
  recall,
  topKAccuracy,
  type Confusion,
} from './metrics.ts'
export { minimise, type Evaluated, type MinimiseOptions, type SmoothFunction } from './probe/lbfgs.ts'
export { fitProbe, probeSteps, type ProbeOptions } from './probe/fit-probe.ts'
export { fitRidge, ridgeSteps, type Ridge, type RidgeOptions } from './probe/fit-ridge.ts'
export { probeLogits, type Probe } from './probe/probe.ts'
export type { Replica, Share } from './replica.ts'
export { disposeRun, type Run, type Validated } from './run.ts'
export { staged } from './staged.ts'
export {
  disposeState,
  start,
  step,
  type Batch,
  type Objective,
  type StepOptions,
  type Stepped,
  type TrainState,
} from './step.ts'
export type { CheckpointOptions, FitOptions } from './train.ts'
export type { ValidationOptions } from './validate.ts'
