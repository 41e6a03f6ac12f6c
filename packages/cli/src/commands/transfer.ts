import type { Json } from '@ptu/core'
import type { TransferConfig } from '@ptu/config'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { byteSize, percent } from '../format.ts'
import type { FolderOptions } from '../run/folder.ts'
import { transferOne } from '../run/transfer.ts'
import type { Transferred } from '../run/transfer-training.ts'
import { resumable } from './compare.ts'
import { testTold } from '../results/labels.ts'
import { gateText } from './gate-text.ts'

/** Transfers by one strategy and saves the folded model into the run's folder. */
export const transferCommand =
  (config: TransferConfig, options: FolderOptions): Command =>
  (env) =>
    pipe(transferOne(config, options)(env), TE.bimap(resumable, answerOf))

const answerOf = ({ path, facts, prepared, parameters, bytes, foldError, seconds }: Transferred): Answer => {
  const { refusal, source } = prepared
  return {
    text: [
      `${facts.strategy} to ${facts.classes.join(', ')}: ${percent(facts.accuracy)} % of ${testTold(prepared.target)}`,
      `source ${percent(source.accuracy)} % on its own test data, ${refusal ?? 'rescaled'}; ${facts.steps} steps on ${prepared.backend}`,
      ...gateText(facts.gates),
      `saved ${path}: a plain network of ${parameters} parameters, ${byteSize(bytes)}`,
    ].join('\n'),
    json: {
      path,
      ...(facts as unknown as Readonly<Record<string, Json>>),
      backend: prepared.backend,
      sourceAccuracy: source.accuracy,
      rescaled: refusal === null,
      refusal,
      testExamples: prepared.target.testExamples,
      parameters,
      bytes,
      foldError,
      seconds,
    },
  }
}
