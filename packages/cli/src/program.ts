import type { Decoder } from '@ptu/config'
import { kindOfData } from '@ptu/data'
import { compareConfig, toRunError, trainConfig, transferConfig, type ExperimentError } from '@ptu/experiments'
import type { FolderOptions } from '@ptu/experiments/node'
import { Command as Program, Option } from 'commander'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { addAdvise } from './advise-program.ts'
import type { Command } from './answer.ts'
import type { Choose, Options } from './choice.ts'
import type { Env } from './env.ts'
import { dataPath } from './data-path.ts'
import { addExplain } from './explain-program.ts'
import { configured, listed, numeric, type Flags } from './flags.ts'
import { lazily } from './lazily.ts'
import { addModels } from './models-program.ts'
import { countingNumber, partOfOne } from './number-options.ts'
import { backendOf, examples, withCommon, withComparison, withTrain, withTraining } from './options.ts'
import { addQueue } from './queue-program.ts'
import { addExport, addReading } from './reading-program.ts'
import { printableLines } from './printable-lines.ts'
import { ptuVersion } from './versions.ts'

/** The parser of the command line; `choose` is called with the command it finds. Parsing throws `CommanderError`. */
export const programOf = (env: Env, choose: Choose): Program => {
  const program = new Program('ptu')
    .description('Transfer a trained network to a new task, and compare the ways to do it.')
    .version(ptuVersion)
    .exitOverride()
    .configureOutput({
      writeOut: env.stdout,
      writeErr: (text) => {
        env.stderr(printableLines(text)) // what was typed is in it
      },
    })
    .showSuggestionAfterError()
    .addHelpText('after', examples('ptu train photos/ --out my-model', 'ptu predict my-model new/'))
  addTrain(program, choose)
  addPredict(program, choose)
  addModels(program, choose)
  addAdvise(program, choose)
  addComparison(program, 'compare', 'Compare strategies by one fair protocol.', 6)
    .action(training(choose, compareConfig, loadCompare, {}))
    .addHelpText(
      'after',
      examples(
        'ptu compare --source mnist:0-4 --target mnist:5-9 --shots 10 --seeds 5 --out runs/x',
        'ptu compare --model mobilenet_v2 --input 96x96 --target photos/ --shots 5 --seeds 5 --out runs/y',
      ),
    )
  addComparison(program, 'demo', 'Compare strategies on MNIST, digits 0-4 to 5-9, and write a report.', demo.seeds)
    .action(training(choose, compareConfig, loadCompare, demo))
    .addHelpText('after', examples('ptu demo', 'ptu demo --seeds 5 --out runs/demo-5'))
  addTransfer(program, choose)
  addReading(program, choose)
  addExplain(program, choose)
  addExport(program, choose)
  addQueue(program, choose)
  return program
}

const loadCompare = async () => (await import('./commands/compare.ts')).compareCommand

/** The settings of `ptu demo`; it replaces the run that it left before. */
const demo = {
  source: 'mnist:0-4',
  target: 'mnist:5-9',
  shots: 10,
  seeds: 3,
  strategies: ['scratch', 'share', 'fine-tune', 'ptu', 'ptu-fixed'],
  out: 'runs/demo',
}

/** The action of a command that trains: check the configuration, then run. */
const training =
  <A>(
    choose: Choose,
    decoder: Decoder<A>,
    load: () => Promise<(config: A, options: FolderOptions) => Command>,
    preset: Flags,
    told: (flags: Flags, env: Env) => TE.TaskEither<ExperimentError, Flags> = () => TE.right({}),
  ): ((options: Options) => void) =>
  ({ json, resume, config, ...flags }) => {
    const folder = { resume: resume === true, replace: preset === demo && resume !== true }
    const command: Command = (env) =>
      pipe(
        told(flags, env),
        TE.flatMap((more) =>
          pipe(
            configured(decoder, flags, config as string | undefined, { ...preset, ...more }),
            TE.mapLeft((error): ExperimentError => error),
          ),
        ),
        TE.flatMap((checked) => lazily(async () => (await load())(checked, folder))(env)),
      )
    choose({ command, json: json === true, file: undefined })
  }

const addComparison = (program: Program, name: string, description: string, seeds: number): Program =>
  withComparison(withCommon(program.command(name).description(description), 'the folder of the run'), seeds)

const addTrain = (program: Program, choose: Choose): void => {
  const run = training(
    choose,
    trainConfig,
    async () => (await import('./commands/train.ts')).trainCommand,
    {},
    kindTold,
  )
  withTrain(program.command('train').description('Train a classifier of your images, tables or texts.'))
    .argument(
      '<data>',
      'a folder with a folder of images for each class; or a .csv, .tsv or .jsonl file: of files of images and their labels, of numbers and categories, or of texts',
    )
    .action((data: string, options: Options) => {
      run({ ...options, data })
    })
    .addHelpText(
      'after',
      examples(
        'ptu train photos/ --model mobilenet_v2 --minutes 5 --out my-model',
        'ptu train reviews.csv --text body --label stars --out my-model',
      ),
    )
}

/** The kind of the data, which decides what other options mean: told from the data, texts where a column is named. */
const kindTold = ({ data, text, image }: Flags, { cwd }: Env): TE.TaskEither<ExperimentError, Flags> =>
  image !== undefined
    ? TE.right({ kind: 'photos' })
    : text === undefined
      ? pipe(
          kindOfData(dataPath(cwd, String(data))),
          TE.bimap(toRunError, (kind) => ({ kind })),
        )
      : TE.right({ kind: 'text' })

const addPredict = (program: Program, choose: Choose): void => {
  program
    .command('predict')
    .description('Label images, rows or texts with a model that ptu train or ptu transfer made.')
    .argument('<model>', 'the folder of the model, or a file that ptu transfer saved')
    .argument(
      '[inputs...]',
      'files, folders, patterns such as "new/**/*.jpg"; - for a list of paths on stdin, of a model of texts for a text a line',
    )
    .option('--text <text>', 'a text to label, for a model of texts; again for another', listed)
    .option('--top <n>', 'how many classes to name (3)', countingNumber)
    .option('--threshold <p>', 'name no class that is less probable, from 0 to 1 (0)', partOfOne)
    .addOption(new Option('--csv', 'print a CSV table, row by row').conflicts('json'))
    .addOption(new Option('--out <file>', 'write a CSV table to this file, row by row').conflicts('json'))
    .option('--json', 'print one JSON document on stdout')
    .option('--backend <name>', 'auto, tensorflow-gpu, tensorflow, webgpu, wasm or cpu')
    .action((model: string, inputs: readonly string[], options: Options) => {
      const { top = 3, threshold = 0, csv, json, text, out } = options
      const asked = {
        ...{ model, inputs, top: Number(top), threshold: Number(threshold), csv: csv === true },
        ...{ backend: backendOf(options), texts: text as readonly string[] | undefined },
        out: out as string | undefined,
      }
      const command = lazily(async () => (await import('./commands/predict.ts')).predictCommand(asked))
      choose({ command, json: json === true, file: undefined })
    })
    .addHelpText('after', examples('ptu predict my-model new/*.jpg', 'ptu predict my-model new.csv --csv > labels.csv'))
}

const addTransfer = (program: Program, choose: Choose): void => {
  withTraining(
    withCommon(
      program.command('transfer').description('Transfer by one strategy and save the folded model.'),
      'the folder of the run',
    ),
  )
    .option(
      '--strategy <name>',
      'scratch, share[-K], fine-tune[-K], lp-ft, ptu, ptu-evidence, … as in ptu compare (ptu)',
    )
    .option('--rate <n>', 'the learning rate (0.004; with --model 0.0003, for texts 0.0001)', numeric)
    .option('--draw <n>', 'the draw of labels, one of --seeds of ptu compare (--seed)', numeric)
    .action(training(choose, transferConfig, async () => (await import('./commands/transfer.ts')).transferCommand, {}))
    .addHelpText(
      'after',
      examples(
        'ptu transfer --source mnist:0-4 --target mnist:5-9 --strategy ptu --out runs/t',
        'ptu transfer --model mobilenet_v2 --input 96x96 --target photos/ --shots 5 --out runs/p',
      ),
    )
}
