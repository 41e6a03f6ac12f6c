import { InterruptedError, UsageError, type ExperimentError } from '@ptu/experiments'

/** The exit code for an error: 2 for a call that is not understood, 130 for an end by the user, else 1. */
export const exitCodeOf = (error: ExperimentError): number => {
  if (error instanceof InterruptedError) return 130
  return error instanceof UsageError ? 2 : 1
}
