/** Receives the progress of a piece of work. */
export type OnStep = (done: number, total: number) => void

/** Shows the progress of a titled piece of work until it is stopped. */
export interface Progress {
  /** Tells that `done` of `total` is done. */
  readonly set: OnStep
  /** Ends the display. */
  readonly stop: () => void
}

/** Begins to show the progress of a titled piece of work. */
export type ShowProgress = (title: string) => Progress
