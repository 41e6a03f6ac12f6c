export { InterruptedError, RunError, toRunError, trainingError, UsageError, type ExperimentError } from './errors.ts'
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
export { summarise, type MethodResults, type MethodSummary, type ReferenceDifference } from './statistics/summary.ts'
