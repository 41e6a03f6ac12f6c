import { adviseConfig, type ExperimentError } from '@ptu/experiments'
import type { Command as Program } from 'commander'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Command } from './answer.ts'
import type { Choose, Options } from './choice.ts'
import { configured, numeric } from './flags.ts'
import { lazily } from './lazily.ts'
import { examples, withCommon, withSource } from './options.ts'

/** Adds `ptu advise`. */
export const addAdvise = (program: Program, choose: Choose): void => {
  const described = program
    .command('advise')
    .description('Say in seconds, without training, what of a source to keep, to adapt or to replace.')
  withSource(withCommon(described, 'also write the JSON document to this file'))
    .optionsGroup('Labelled examples:')
    .option('--data <data>', 'labelled examples, all of which count: a folder of images, a table, …')
    .option('--target <data>', 'or data to draw from as ptu compare does, for example mnist:5-9')
    .option(
      '--shots <n>',
      'labelled examples that are drawn from --target: of each class or label, or of each tenth of numbers (10)',
      numeric,
    )
    .optionsGroup('The run:')
    .option('--batch <n>', 'examples per step where steps are timed (32; 16 with --model)', numeric)
    .option('--config <file>', 'a JSON file with the same names; options win over it')
    .action(({ json, config, out, ...flags }: Options) => {
      const command: Command = (env) =>
        pipe(
          configured(adviseConfig, flags, config as string | undefined),
          TE.mapLeft((error): ExperimentError => error),
          TE.flatMap((checked) =>
            lazily(async () => (await import('./commands/advise.ts')).adviseCommand(checked))(env),
          ),
        )
      choose({ command, json: json === true, file: out as string | undefined })
    })
    .addHelpText(
      'after',
      examples(
        'ptu advise --model mobilenet_v2 --input 96x96 --data photos/',
        'ptu advise --source mnist:0-4 --target mnist:5-9 --shots 10',
      ),
    )
}
