export { InterruptedError, RunError, toRunError, trainingError, UsageError, type ExperimentError } from './errors.ts'
