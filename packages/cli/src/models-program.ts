import { thisMachine } from '@ptu/experiments/node'
import type { Command as Program } from 'commander'

import type { Command } from './answer.ts'
import type { Choose, Options } from './choice.ts'
import { getModelCommand, modelsCommand, whereModelsCommand, type ModelsOptions } from './commands/models.ts'

/** Adds `ptu models` and what belongs to it. */
export const addModels = (program: Program, choose: Choose): void => {
  const models = program.command('models').description('List the pretrained networks that are known, and get them.')
  const options = ({ folder }: Options): ModelsOptions => ({
    folder: folder as string | undefined,
    machine: thisMachine(),
  })
  const add = (parent: Program, command: (options: Options) => Command): Program =>
    parent
      .option('--folder <path>', 'where models are kept (PTU_MODELS, else the folder that ptu models where prints)')
      .option('--json', 'print one JSON document on stdout')
      .action((first: unknown, ...rest: readonly unknown[]) => {
        // The parser gives the options of a subcommand to `models` where both have them.
        const given: Options = (rest.at(-1) as Program).optsWithGlobals()
        choose({ command: command({ ...given, name: first }), json: given['json'] === true, file: undefined })
      })
  add(models, (given) => modelsCommand(options(given)))
  add(models.command('get <name>').description('Download a network, checked by its hash.'), (given) =>
    getModelCommand(String(given['name']), options(given)),
  )
  add(models.command('where [name]').description('Say where models are kept, or where the file of one is.'), (given) =>
    whereModelsCommand(typeof given['name'] === 'string' ? given['name'] : undefined, options(given)),
  )
}
