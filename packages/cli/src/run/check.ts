import { key } from '@ptu/core'
import type { BodyName } from '@ptu/config'
import { fewShot, splitStratified } from '@ptu/data'
import { freeze, initBody, rescaleProblem } from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'

import { RunError } from '../errors.ts'
import { keysOf } from './bench.ts'
import { bodyOf, bodyProblem } from './body.ts'
import type { TaskData } from './data.ts'
import type { LabPlan } from './lab.ts'

/** Whether the target fits the source and has labels enough. */
export const checkTask = (
  { body, shots, validates, source: sourceName, target: targetName }: LabPlan,
  source: TaskData,
  target: TaskData,
): E.Either<RunError, unknown> => {
  const [from, to] = [source.train.shape.join(' × '), target.train.shape.join(' × ')]
  if (from !== to)
    return E.left(
      new RunError(
        `expected source and target of one shape, got ${from} in ${sourceName} and ${to} in ${targetName}; ` +
          'bring the data to one size, for images with #size=HEIGHTxWIDTH and #channels=1, for texts with #steps=N',
      ),
    )
  const problem = bodyProblem(body, source.train) ?? bodyProblem(body, target.train)
  if (problem !== undefined) return E.left(new RunError(problem))
  return pipe(
    fewShot(keysOf(0).draw, target.train, shots),
    E.flatMap((labelled) => (validates ? splitStratified(key(0), labelled) : E.right(undefined))),
    E.mapLeft(({ message }) => new RunError(`${targetName}: ${message}`)),
  )
}

/** The blocks of a body and why it cannot be rescaled, if so. */
export const describeBody = (
  name: BodyName,
  { train }: TaskData,
): { readonly blocks: readonly string[]; readonly refusal: string | null } => {
  const body = bodyOf(name, train)
  const params = initBody(body, key(0), train.shape)
  const refusal = rescaleProblem(freeze(body, params)) ?? null
  disposeParams(params)
  return { blocks: body.map((block) => block.name), refusal }
}
