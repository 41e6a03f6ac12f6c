import { readFileSync } from 'node:fs'

import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'

/** Numbers as the fixtures hold them. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

const place = (name: string): URL => new URL(`../fixtures/keras/${name}`, import.meta.url)

/** The bytes of a fixture, in memory of their own. */
export const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(place(name)))

/** A JSON fixture. */
export const jsonOf = (name: string): unknown => JSON.parse(readFileSync(place(name), 'utf8'))

/** Numbers as a tensor; the caller owns it. */
export const tensorOf = ({ shape, values }: Numbers): Tensor => tensor([...values], [...shape])

/** Takes the value of a Right; throws the error of a Left. */
export const opened = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}
