import { isLeft } from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

/** Turns a task into what tfjs expects: a promise that rejects with the Left. */
export const settled = async <A>(task: TaskEither<Error, A>): Promise<A> => {
  const result = await task()
  if (isLeft(result)) throw result.left
  return result.right
}
