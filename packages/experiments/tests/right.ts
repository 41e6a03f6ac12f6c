import * as E from 'fp-ts/lib/Either.js'

/** The value of a Right; throws what a Left holds. */
export const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}
