import * as TE from 'fp-ts/lib/TaskEither.js'

/** The functions that write formats. */
export type Formats = typeof import('@ptu/formats')

/** The package of formats, loaded when a model is written: the help needs only their names. */
export const formats: TE.TaskEither<never, Formats> = TE.fromTask(() => import('@ptu/formats'))
