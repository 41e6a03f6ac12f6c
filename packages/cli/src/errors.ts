import { AbortedError } from '@ptu/trainer'

/** The command was called in a way it does not understand. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The world did not play along: a file, a folder, a backend, a diverged run. Exit code 1. */
export class RunError extends Error {
  override readonly name = 'RunError'
}

/** The run was ended from outside and can be continued. Exit code 130. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/** Why a command gave no answer. */
export type CliError = UsageError | RunError | InterruptedError

/** The exit code of the process for an error. */
export const exitCodeOf = (error: CliError): number => {
  if (error instanceof InterruptedError) return 130
  return error instanceof UsageError ? 2 : 1
}

/** Why a training gave no model: it was ended from outside, or it failed; `what` was trained. */
export const trainingError =
  (what: string) =>
  (error: Error): CliError =>
    error instanceof AbortedError
      ? new InterruptedError(`${what}: ${error.message}`)
      : new RunError(`${what}: ${error.message}`)

/** Any error with a message as a `RunError`. */
export const toRunError = ({ message }: { readonly message: string }): RunError => new RunError(message)
