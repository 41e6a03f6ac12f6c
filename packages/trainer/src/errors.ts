import type { CorruptFileError, FileError } from '@ptu/tensor'

/** The loss or a parameter stopped being a finite number. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError'
  /** The number of steps that were done when it was seen. */
  readonly step: number

  constructor(step: number, what: string, checkpoint?: string) {
    const kept = checkpoint === undefined ? '' : `; the last good checkpoint is kept in ${checkpoint}`
    super(`${what} at step ${String(step)}: lower the learning rate or clip the gradients${kept}`)
    this.step = step
  }
}

/** The caller's signal ended the run. */
export class AbortedError extends Error {
  override readonly name = 'AbortedError'
  /** The number of steps that were done. */
  readonly step: number

  constructor(step: number, steps: number, checkpoint?: string) {
    const kept = checkpoint === undefined ? 'nothing was saved' : `resume it from ${checkpoint}`
    super(`aborted after ${String(step)} of ${String(steps)} steps; ${kept}`)
    this.step = step
  }
}

/** A checkpoint belongs to another model or to a run with other settings. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError'
}

/** The reasons for which a run can end without a model. */
export type TrainError = DivergedError | AbortedError | CheckpointError | FileError | CorruptFileError
