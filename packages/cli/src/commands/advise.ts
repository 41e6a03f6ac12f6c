import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { messageOf, type Json } from '@ptu/core'
import { advise, RunError, type AdviseConfig, type ExperimentError } from '@ptu/experiments'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { adviceText } from '../advice-text.ts'
import type { Command } from '../answer.ts'
import { toolsIn } from '../tools.ts'

/** The folder where `ptu compare` keeps source networks unless its `--out` is elsewhere. */
const cache = 'runs/.cache'

/** Advises what of a source to keep, before anything is trained. Leaves nothing behind but a trained source in the cache. */
export const adviseCommand =
  ({ spec }: AdviseConfig): Command =>
  (env) =>
    TE.bracket(
      temporary,
      (folder) =>
        pipe(
          toolsIn(env, folder, { modules: [], workers: 1, cache: resolve(env.cwd, cache) }),
          TE.flatMap((tools) => advise(spec, tools)),
          TE.map((advice) => ({ text: adviceText(advice), json: advice as unknown as Json })),
        ),
      (folder) => TE.fromTask(() => rm(folder, { recursive: true, force: true })),
    )

/** A folder for the checkpoint of a source's training. */
const temporary: TE.TaskEither<ExperimentError, string> = TE.tryCatch(
  () => mkdtemp(join(tmpdir(), 'ptu-advise-')),
  (cause) => new RunError(`cannot make a temporary folder: ${messageOf(cause)}`),
)
