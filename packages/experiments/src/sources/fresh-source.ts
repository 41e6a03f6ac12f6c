import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { namedIn } from '../named.ts'
import { fromScratch } from '../tasks/regime.ts'
import type { TaskData } from '../tasks/task-data.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import type { PreparedSource, SourceContext, SourceSpec } from './source.ts'

/**
 * A network that starts at random and knows nothing: what there is where data alone must do. Its body and its
 * normalisation fit the data; no label is looked at.
 */
export const freshSource = (
  data: TaskData,
  seed: number,
  { bodies }: Pick<SourceContext, 'bodies'>,
): E.Either<ExperimentError, PreparedSource> => {
  const kind = taskKindOf(data.train)
  const { shape, vocabulary = null } = data.train
  return pipe(
    namedIn('body', bodies, kind.body(data.train)),
    E.map((recipe) => {
      const spec: SourceSpec = { kind: 'fresh', body: recipe.name, seed }
      return {
        name: 'none',
        title: `none: an ${recipe.name} that starts at random`,
        spec,
        body: recipe.body(data.train),
        problem: undefined,
        input: { shape, vocabulary, image: null, encoding: data.encoding },
        data: undefined,
        frozen: 0,
        regime: fromScratch(kind),
        open: (worker, onStep) =>
          pipe(
            worker.start(),
            TE.flatMap(() => worker.trainSource({ body: recipe.name, epochs: 0, seed, data, record: spec }, onStep)),
          ),
      }
    }),
  )
}
