import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { namedIn } from '../named.ts'
import type { PreparedSource, SourceContext, SourceKind, SourceSpec } from './source.ts'

/** The circumstances in which sources are prepared, with the kinds that a spec may name. */
export interface SourceTools extends SourceContext {
  readonly kinds: readonly SourceKind[]
}

/** Prepares the source of a spec: checks everything that can be checked before its network is there. */
export const prepareSource = (spec: SourceSpec, tools: SourceTools): TE.TaskEither<ExperimentError, PreparedSource> =>
  pipe(
    TE.fromEither(namedIn('the kind of a source', tools.kinds, spec.kind)),
    TE.flatMap((kind) => kind.prepare(spec, tools)),
  )
