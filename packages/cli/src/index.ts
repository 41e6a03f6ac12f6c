export type { Answer, Command } from './answer.ts'
export type { Env } from './env.ts'
export { exitCodeOf, InterruptedError, RunError, UsageError, type CliError } from './errors.ts'
export type { Progress, ShowProgress } from './progress.ts'
export { reportPage } from './report/report.ts'
export type {
  Cell,
  Difference,
  GateReading,
  Range,
  Results,
  Row,
  RunSettings,
  SourceSummary,
  TargetSummary,
  Trial,
} from './results/results.ts'
export { resultsDecoder } from './results/schema.ts'
export { run } from './run.ts'
