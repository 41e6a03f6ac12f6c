export { InterruptedError, RunError, toRunError, trainingError, UsageError, type ExperimentError } from './errors.ts'
export type { Advice, AdviceOption } from './advise/advice.ts'
export type { EvidenceReading, HypothesisReading } from './advise/reading.ts'
export { advise } from './advise/advise.ts'
export type { AdviseSpec } from './advise/advise-spec.ts'
export type { BlockState, Outcome } from './advise/words.ts'
export { builtInMethods, heldAt } from './methods/built-in.ts'
export { labelEvidence, type LabelEvidenceOptions } from './methods/label-evidence.ts'
export {
  searches,
  type AdaptedPlan,
  type Hyperparameters,
  type LabelledTask,
  type Method,
  type Question,
  type Role,
} from './methods/method.ts'
export { averageOf, optimizerOf } from './methods/schedule.ts'
export type { Measure, MeasureColumn, MeasuredColumn, MeasuredModel, MeasuredValue } from './measures/measure.ts'
export { decodeModel, encodeModel, type LoadedModel, type ModelFacts } from './models/model-file.ts'
export { huggingFaceOrigin, type Origin } from './models/origin.ts'
export { decodeKept, encodeKept, type KeptExamples } from './models/kept-examples.ts'
export type { TaskFacts } from './models/task-facts.ts'
export { rangeProblem, type FirstNormalisation, type RangeEvidence } from './models/range-check.ts'
export { namedIn } from './named.ts'
export type { OnStep, Progress, ShowProgress } from './progress.ts'
export { assemble, type Done, type Parts } from './results/assemble.ts'
export { labelOf } from './results/labels.ts'
export type { FinalEvaluation, GateReading } from './results/evaluation.ts'
export type {
  Difference,
  JobResult,
  MeasureSummary,
  MethodSummary,
  Results,
  Row,
  RunResult,
  RunSettings,
  SourceSummary,
  TargetSummary,
  TrainingSettings,
  TrialSummary,
  Versions,
} from './results/results.ts'
export { resultsDecoder } from './results/schema.ts'
export { verdictOf, type Judgeable } from './results/verdict.ts'
export { percent, points, probability, signed } from './results/words.ts'
export type { Cell, CellNames, CodeVersion } from './run/cell.ts'
export { cellsIn, decodeCell, type Cells, type FinishedCell } from './run/cells.ts'
export { compare, type CompareSpec } from './run/compare.ts'
export type { Comparison, MeasuredSets } from './run/comparison.ts'
export type { Fitted, FitRequest } from './run/fit-method.ts'
export type { LinearRequest } from './run/linear-model.ts'
export type { PredictRequest } from './run/predict-request.ts'
export type { FrozenPrefix, PrefixRequest } from './sources/freeze-prefix.ts'
export type { ExperimentSpec, Tools } from './run/experiment.ts'
export type { PlainModel } from './run/final-evaluation.ts'
export { jobName, type Job } from './run/job.ts'
export { trainMethod, type MethodTrial, type TrainedMethod, type TrainingOptions } from './run/run-method.ts'
export { memoryObjects, type Objects } from './run/objects.ts'
export { runner, type RunnerOptions, type StartedBackend } from './run/runner.ts'
export { showing } from './run/showing.ts'
export { digestOf, memoryStore, type RunRecord, type Store } from './run/store.ts'
export { transferOnce, type Transferred, type TransferSpec } from './run/transfer.ts'
export type { OptionCost } from './run/option-costs.ts'
export type { Weighed, WeighedOption, WeighRequest } from './run/weigh.ts'
export type { Executor, MadeModel, Worker, WorkerSetup } from './run/worker.ts'
export { bodies, type BodyData, type BodyRecipe } from './sources/bodies.ts'
export { memoryNetworks, type NetworkStore } from './sources/network-store.ts'
export { prepareSource, type SourceTools } from './sources/open-source.ts'
export {
  decodeNetwork,
  openNetwork,
  portable,
  type InputRule,
  type PortableBlock,
  type PortableNetwork,
} from './sources/portable-network.ts'
export { sourceWarning, type SourceQuality } from './sources/source-quality.ts'
export { cutBlocks, cutPlaces, type CutPlaces, type Cuts, type TrainedBlock } from './sources/cut-blocks.ts'
export {
  openedSource,
  type OpenedNetwork,
  type OpenedSpec,
  type OpenModel,
  type OpenOptions,
} from './sources/opened-source.ts'
export type { OpenedSource, PreparedSource, SourceContext, SourceKind, SourceSpec } from './sources/source.ts'
export { sourceKinds } from './sources/kinds.ts'
export type { SourceFacts } from './sources/source-facts.ts'
export type { SourceRequest, TrainedNetwork } from './sources/train-source.ts'
export { adviseConfig, type AdviseConfig } from './specs/advise-config.ts'
export { compareConfig, type CompareConfig } from './specs/compare-config.ts'
export { trainConfig, type TrainConfig } from './specs/train-config.ts'
export { transferConfig, type TransferConfig } from './specs/transfer-config.ts'
export {
  closeTask,
  fewShotTask,
  keysOf,
  type FewShotTask,
  type FewShotTaskParts,
  type SeedKeys,
  type TrainingTask,
} from './tasks/few-shot-task.ts'
export { loadParts, type LoadedParts, type LoadOptions } from './tasks/load-parts.ts'
export { dividedTask, loadTask, taskData, type TaskData } from './tasks/task-data.ts'
export type {
  LabelScores,
  Score,
  TargetJudgement,
  TargetKind,
  TargetProbe,
  TargetProbeRequest,
} from './tasks/target-kind.ts'
export {
  targetKinds,
  taskKindNamed,
  taskKindOf,
  taskKinds,
  type ComparingWords,
  type HeadOptions,
  type OutputOptions,
  type TaskKind,
} from './tasks/task-kind.ts'
export { fromScratch, pretrained, trainedHere, type Regime } from './tasks/regime.ts'
export { predictExamples } from './predict/predict-examples.ts'
export { train, type TrainedModel } from './train/train.ts'
export {
  dataKindOf,
  dataKinds,
  type DataKind,
  type DataReading,
  type DataRequest,
  type ExampleWords,
} from './train/data-kinds.ts'
export type { LabelledData } from './train/labelled-data.ts'
export { exampleDigests } from './train/example-digests.ts'
export { nameAmong, type Setting } from './train/candidate.ts'
export type { LabelRegime, TrainRecipe, TrainRecipes } from './train/recipes.ts'
export type {
  CopiesFound,
  CurvePoint,
  EarlierJudgement,
  Example,
  LearningCurve,
  LearningCurves,
  MethodJudgement,
  Shipped,
  TestCopy,
  TrainingFacts,
  TrainResults,
} from './train/train-results.ts'
export type {
  HeldOutNumber,
  MethodTargetJudgement,
  TargetCurve,
  TargetCurvePoint,
  TargetCurves,
  TargetResults,
} from './train/target-results.ts'
export { digestOfPhotos, type ReadOptions } from './train/read-photos.ts'
export type { ReliabilityBin } from './train/reliability.ts'
export type { TrainSpec } from './train/train-spec.ts'
export { wilson, type Judged, type Judgement } from './train/judgement.ts'
export { sealTestSet, type TestSet } from './tasks/test-set.ts'
export { recipeNamed } from './models/find-recipe.ts'
export {
  packageCommands,
  type Address,
  type CarryingPackage,
  type PixelNormalisation,
  type PublishedFile,
  type Recipe,
} from './models/recipe.ts'
export { normalisationFor, pixelRanges, type PixelRange } from './models/pixel-range.ts'
export { recipes } from './models/recipes.ts'
export { printable } from './printable.ts'
export { bcaInterval } from './statistics/bca.ts'
export { bootstrapTInterval, percentileInterval, type BootstrapOptions } from './statistics/bootstrap.ts'
export { coverageOf, type Coverage, type CoverageOptions } from './statistics/coverage.ts'
export {
  decision,
  drawsToDecide,
  type Decision,
  type DecisionOptions,
  type DrawsOptions,
} from './statistics/decision.ts'
export { deviation } from './statistics/deviation.ts'
export { holm } from './statistics/holm.ts'
export type { Interval, IntervalMethod, IntervalOptions } from './statistics/interval.ts'
export { meanInterval, studentInterval } from './statistics/mean-interval.ts'
export { pairedDifference, type PairedDifference } from './statistics/paired-difference.ts'
export { byDraw, byTask, type PairedCell } from './statistics/pooled.ts'
export { populations, type Population } from './statistics/populations.ts'
export { signFlipInterval } from './statistics/sign-flip-interval.ts'
export { fewestDraws, signFlipP, smallestSignFlipP } from './statistics/sign-flip.ts'
export { studentQuantile } from './statistics/student-quantile.ts'
export { summarise, type MethodResults, type ReferenceDifference, type SummaryRow } from './statistics/summary.ts'
