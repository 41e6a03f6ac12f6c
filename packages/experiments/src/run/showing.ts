import * as TE from 'fp-ts/lib/TaskEither.js'

import type { OnStep, ShowProgress } from '../progress.ts'

/** Does a piece of work while its progress is shown. */
export const showing = <E, A>(
  show: ShowProgress,
  title: string,
  work: (tell: OnStep) => TE.TaskEither<E, A>,
): TE.TaskEither<E, A> =>
  TE.bracket(
    TE.fromIO(() => show(title)),
    (progress) => work(progress.set),
    (progress) => TE.fromIO(progress.stop),
  )
