import { startBackend } from '@ptu/experiments/node'
import { listBackends, type Listed } from '@ptu/tensor/backend'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'

import type { Answer, Command } from '../answer.ts'
import type { Env } from '../env.ts'
import { table } from '../table.ts'
import { versions } from '../versions.ts'

/** Lists which backends start here, why others do not, and which one `auto` takes. */
export const doctorCommand =
  (backend: string): Command =>
  (env) =>
    pipe(
      startBackend(backend), // first: of the two native packages a process can run one
      TE.bindTo('started'),
      TE.bindW('listed', () => TE.fromTask(listBackends)),
      TE.map(({ listed, started }) => answerOf(env, listed, started.name, backend)),
    )

const answerOf = (env: Env, listed: readonly Listed[], started: string, asked: string): Answer => ({
  text: [
    `ptu ${versions.ptu}, TensorFlow.js ${versions.tfjs}, Node ${versions.node}, ${process.platform} ${process.arch}, ${env.cores} cores`,
    '',
    table(['backend', 'status', 'version', 'gradient error', 'notes'], listed.map(rowOf)),
    '',
    `--backend ${asked} starts ${started}`,
  ].join('\n'),
  json: {
    versions: { ...versions },
    platform: `${process.platform} ${process.arch}`,
    cores: env.cores,
    backends: listed.map((backend) => ({ ...backend })),
    asked,
    started,
  },
})

const rowOf = (backend: Listed): readonly string[] =>
  backend.status === 'starts'
    ? [
        backend.name,
        'starts',
        backend.version,
        backend.selfCheck.toExponential(1),
        [...backend.notes, ...backend.warnings].join('; '),
      ]
    : [backend.name, backend.status, '', '', backend.why]
