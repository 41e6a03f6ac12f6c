import { Option, type Command as Program } from 'commander'

import type { Command } from './answer.ts'
import type { Choose, Options } from './choice.ts'
import type { GridOptions } from './commands/grid.ts'
import { lazily } from './lazily.ts'
import { countingNumber } from './number-options.ts'
import { examples } from './options.ts'

/** The help of the option that names a queue. */
const queueHelp = 'a Redis or Valkey server, redis://HOST:PORT or rediss:// with TLS (PTU_QUEUE)'

/** The help of the option that names the objects of a grid. */
const storeHelp = 'a folder or an S3 bucket, s3://BUCKET/PREFIX, that all machines see: data, networks, finished cells'

const json = 'print one JSON document on stdout'

type Grid = typeof import('./commands/grid.ts')

const loadGrid = async (): Promise<Grid> => import('./commands/grid.ts')

/** The address of the queue; what knows queues is loaded only for the commands that use one. */
const queueTold = async (typed: unknown): Promise<GridOptions['queue']> =>
  (await import('./queue-place.ts')).queueOf(typed)

/** Adds `ptu worker` and `ptu grid`. */
export const addQueue = (program: Program, choose: Choose): void => {
  addWorker(program, choose)
  const grid = program
    .command('grid')
    .description(
      'Look at the comparisons that ptu compare --queue sent, and their cells: a cell is one method on one draw of labels.',
    )
  const add = (name: string, description: string, command: (grid: Grid, options: GridOptions) => Command): void => {
    grid
      .command(name)
      .description(description)
      .argument('[grid]', 'one comparison: its name, or the first digits, as ptu grid status shows them (all)')
      .option('--queue [address]', queueHelp)
      .option('--json', json)
      .action((which: string | undefined, options: Options) => {
        const chosenCommand = lazily(async () =>
          command(await loadGrid(), { queue: await queueTold(options['queue']), grid: which }),
        )
        choose({ command: chosenCommand, json: options['json'] === true, file: undefined })
      })
  }
  add('status', 'Say how many cells are done and why others failed, and how fast each worker is.', (of, asked) =>
    of.gridStatusCommand(asked),
  )
  add('retry', 'Put failed cells back into the queue.', (of, asked) => of.gridRetryCommand(asked))
  add('cancel', 'Drop the cells that are not done.', (of, asked) => of.gridCancelCommand(asked))
  addExport(grid, choose)
}

const addWorker = (program: Program, choose: Choose): void => {
  program
    .command('worker')
    .description(
      'Compute cells of the comparisons that ptu compare --queue sent, until it is asked to end. A cell is one method on one draw of labels.',
    )
    .option('--queue [address]', queueHelp)
    .requiredOption('--store <place>', storeHelp)
    .option('--workers <n>', 'cells that are computed at the same time (the number of cores)', countingNumber)
    .option('--cache <folder>', 'a folder of this machine for copies and checkpoints (runs/.cache)')
    .option(
      '--lock <seconds>',
      'seconds after which the cells of a worker that is gone return to the queue (30)',
      countingNumber,
    )
    .option('--allow-modules', 'run methods of users that comparisons bring along: their code may do anything')
    .option('--json', json)
    .action((options: Options) => {
      const { queue, store, cache = 'runs/.cache', workers, lock, allowModules } = options
      const asked = {
        ...{ store: String(store), cache: String(cache) },
        ...{ workers: workers as number | undefined, lock: lock as number | undefined },
        allowModules: allowModules === true,
      }
      const command = lazily(async () =>
        (await import('./commands/worker.ts')).workerCommand({ ...asked, queue: await queueTold(queue) }),
      )
      choose({ command, json: options['json'] === true, file: undefined })
    })
    .addHelpText('after', examples('ptu worker --queue redis://127.0.0.1:6379 --store /shared/ptu'))
}

const addExport = (grid: Program, choose: Choose): void => {
  grid
    .command('export')
    .description('Write the finished cells of a store as a table.')
    .requiredOption('--store <place>', storeHelp)
    .option('--out <file>', 'the file of the table (stdout)')
    .addOption(
      new Option('--format <name>', 'the format of the table (parquet if --out ends in .parquet, else csv)').choices([
        'csv',
        'parquet',
      ]),
    )
    .option('--json', json)
    .action((options: Options) => {
      const { store, out, format, json: isDocument } = options
      const asked = {
        store: String(store),
        out: out as string | undefined,
        format: format as string | undefined,
      }
      const command = lazily(async () => (await import('./commands/grid-export.ts')).gridExportCommand(asked))
      choose({ command, json: isDocument === true, file: undefined })
    })
    .addHelpText('after', examples('ptu grid export --store /shared/ptu --out cells.parquet'))
}
