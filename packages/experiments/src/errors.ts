import { AbortedError } from '@ptu/trainer'

/** A request that cannot be understood: a wrong name, settings that contradict each other. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Something in the world failed: a file, a folder, a backend, a diverged run. */
export class RunError extends Error {
  override readonly name = 'RunError'
}

/** The run was ended from outside and can be continued. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/** The reasons for which an experiment gave no result. */
export type ExperimentError = UsageError | RunError | InterruptedError

/** Turns the error of a training into that of an experiment; `what` was trained. */
export const trainingError =
  (what: string) =>
  (error: Error): ExperimentError =>
    error instanceof AbortedError
      ? new InterruptedError(`${what}: ${error.message}`)
      : new RunError(`${what}: ${error.message}`)

/** Turns any error with a message into a `RunError`. */
export const toRunError = ({ message }: { readonly message: string }): RunError => new RunError(message)
