import { builtInMethods } from '@ptu/experiments'
import type { Command as Program } from 'commander'

import type { Options } from './choice.ts'
import { commaList, numbers, numeric } from './flags.ts'
import { wholeNumber } from './number-options.ts'

const withJson = (program: Program): Program => program.option('--json', 'print one JSON document on stdout')

const withPlace = (program: Program, out: string): Program =>
  program
    .option('--backend <name>', 'auto, tensorflow-gpu, tensorflow, webgpu, wasm or cpu')
    .option('--out <path>', out)

/** The options of a command that draws nothing at random. */
export const withoutSeed = (program: Program, out: string): Program => withPlace(withJson(program), out)

/** The options of a command that draws at random. */
export const withCommon = (program: Program, out: string): Program =>
  withPlace(withJson(program).option('--seed <n>', 'the seed of all random draws (0)', wholeNumber), out)

const cutHelp = 'where --model is cut into blocks: names or numbers that ptu inspect lists (as it is built)'

const untilHelp = 'the part of --model that is used last, as ptu inspect lists it (the last map before the classifier)'

const bodyHelp =
  'the layers of a file of weights whose network is not known: lenet, mlp, vgg or resnet; of --source for texts: text-lstm'

const minutesHelp =
  'how long cross-validation and training may take, from the start on (10); reading the data and the linear probe are not cut short'

const tokensHelp = 'the most tokens of a text that an encoder of texts reads (128)'

const embeddingsHelp =
  'vectors of words, in the text format of GloVe, that the tokens of --source start from (at random)'

const targetHelp =
  "the new task, for example mnist:5-9, or 'houses.csv#label=price&regress=yes', 'posts.csv#label=tags&lists=;'"

const shotsHelp =
  'labelled examples per class or label, or of each tenth of numbers; of tagged texts, labelled texts (10)'

const rangeHelp = 'the pixels that the network expects: 0..1, -1..1, 0..255 or imagenet (as its recipe says)'

/** Adds the options that say which source network is meant. */
const sourced = (program: Program): Program =>
  program
    .option('--source <data>', 'what the source network is trained on, for example mnist:0-4')
    .option('--model <model>', 'a pretrained network instead: a file, the folder of a model, or a name of ptu models')
    .option('--input <size>', 'height and width that the network of --model sees, for example 96x96', numeric)
    .option('--cut <names>', cutHelp, commaList)
    .option('--until <name>', untilHelp)
    .option('--freeze <n>', 'blocks of --model that stay as they are (all but the last 4)', numeric)
    .option('--range <range>', rangeHelp)
    .option('--tokens <n>', tokensHelp, numeric)
    .option('--embeddings <file>', embeddingsHelp)
    .option(
      '--body <name>',
      'the layers of the source network: lenet, mlp, vgg, resnet, rows, tagger, tagger-lstm or text-lstm (mlp for tables and images ' +
        'below 8 pixels a side, lenet for others, tagger for tagged texts, text-lstm for others); of --model, where its network is not known',
    )
    .option(
      '--epochs <n>',
      'passes over the source data (2; of few data as many as validation on a fifth of them asks for)',
      numeric,
    )

/** The options of a command that asks about a source network. */
export const withSource = (program: Program): Program =>
  sourced(program.optionsGroup('Source:')).option(
    '--allow-untrained',
    'take a source network that cannot be told from chance, too',
  )

/** The options of commands that train. */
export const withTraining = (program: Program): Program =>
  sourced(program.optionsGroup('Source and target:'))
    .option('--target <data>', targetHelp)
    .option('--shots <n>', shotsHelp, numeric)
    .optionsGroup('Training:')
    .option('--steps <n>', 'training steps (from the number of labels)', numeric)
    .option('--batch <n>', 'examples per step (32; 16 with --model)', numeric)
    .option(
      '--method <path>',
      'a module with a method of your own; may be given again',
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
    .option('--allow-untrained', 'transfer a source network that cannot be told from chance, too')
    .optionsGroup('The run:')
    .option('--config <file>', 'a JSON file with the same names; options win over it')
    .option('--resume', 'go on with the run in --out')

/** The options of reading rows and texts to train on. */
const withRows = (program: Program): Program =>
  program
    .optionsGroup('Labels, rows and texts:')
    .option('--kind <kind>', 'photos, table or text (told from the data)')
    .option(
      '--label <column>',
      'the column of the labels (one called label, class or target; the second of two); a,b,c: columns of 0 and 1, any of which may be on',
    )
    .option('--separator <sign>', 'the column of the labels holds lists of them, such as a;b')
    .option('--regress', 'predict the numbers of the column of the labels')
    .option(
      '--image <column>',
      'of a table of photos, the column of their files (one called path, file, filename or image)',
    )
    .option('--text <column>', 'the column of texts (one called text, or that of words where there are two)')
    .option('--unit <unit>', 'what texts are counted by: word or character (word)')
    .option('--missing <rule>', 'rows with missing cells: refuse, drop, or fill by the mean (refuse)')
    .option('--categories <columns>', 'columns whose numbers are names, a,b', commaList)
    .option('--ignore <columns>', 'columns to leave out, a,b', commaList)
    .option(
      '--epochs <n>',
      'passes over the data of --source (2; of few data as many as validation on a fifth of them asks for)',
      numeric,
    )

/** The options of how a user's own data are trained on, and of the run. */
const withOwnRun = (program: Program): Program =>
  program
    .optionsGroup('Training:')
    .option('--method <name>', 'probe, fine-tune, ptu, … (chosen by the number of labels)')
    .option('--balance', 'train on every class equally often, however rare it is')
    .option('--augment <names>', 'train on copies too: flip,crop,shift,colour,amplitudes; or none (none)', commaList)
    .option('--ensemble', 'ship the mean of the linear probe and the network')
    .option('--strict', 'refuse data with a file or a row that cannot be read')
    .option('--steps <n>', 'training steps (from the number of labels)', numeric)
    .option('--batch <n>', 'examples per step (16; 32 for rows and texts)', numeric)
    .optionsGroup('The run:')
    .option('--seed <n>', 'the seed of all random draws (0)', wholeNumber)
    .option('--backend <name>', 'auto, tensorflow-gpu, tensorflow, webgpu, wasm or cpu')
    .option('--workers <n>', 'trainings at the same time (as many as the cores have room for)', numeric)
    .option('--threads <n>', 'threads of each training; with another number results differ by rounding (1)', numeric)
    .option('--config <file>', 'a JSON file with the same names; options win over it')
    .option('--json', 'print one JSON document on stdout')
    .option('--resume', 'go on with the training in --out')

/** The options of a training on a user's own data. */
export const withTrain = (program: Program): Program =>
  withOwnRun(
    withRows(
      program
        .optionsGroup('Network and data:')
        .option(
          '--model <model>',
          'for photos and texts: a file, the folder of a model, or a name of ptu models (of photos mobilenet_v2)',
        )
        .option(
          '--source <file>',
          'for a table or texts: another file with the same columns, that a network is trained on first',
        )
        .option('--minutes <n>', minutesHelp, numeric)
        .option('--out <path>', 'the folder of the model (my-model)')
        .option('--test <path>', 'data of the same kind to test on once, at the end')
        .option('--input <size>', 'height and width that the network sees, for example 96x96', numeric)
        .option('--cut <names>', cutHelp, commaList)
        .option('--until <name>', untilHelp)
        .option('--freeze <n>', 'blocks that stay as they are (all but the last 4)', numeric)
        .option('--body <name>', bodyHelp)
        .option('--range <range>', rangeHelp)
        .option('--tokens <n>', tokensHelp, numeric)
        .option('--embeddings <file>', embeddingsHelp)
        .option('--forget', 'of a --model that ptu train made, drop the classes that it was trained on'),
    ),
  )

/** The options of a comparison, which has so many draws of labels unless told otherwise. */
export const withComparison = (program: Program, seeds: number): Program =>
  withTraining(program)
    .optionsGroup('The comparison:')
    .option('--judge <name>', 'the method that the verdict is about (ptu)')
    .option('--seeds <n>', `how many draws of labels, or which: 3, or 0,4,5 (${seeds})`, numbers)
    .option('--strategies <names>', `among ${builtInMethods.map(({ name }) => name).join(', ')}`, commaList)
    .option(
      '--measure <names>',
      'also measure of each model of classes: corruption, ood, calibration, scenes, recombined, code-length',
      commaList,
    )
    .option(
      '--rates <list>',
      'learning rates that tuned baselines choose from (1e-3,4e-3; with --model 3e-4,1e-3, for texts 3e-5,1e-4,3e-4)',
      (text: string) => commaList(text).map(numeric),
    )
    .option('--workers <n>', 'threads that train at the same time (the number of cores)', numeric)
    .option('--queue [address]', 'train on the workers of a queue: a Redis or Valkey server (PTU_QUEUE)')
    .option('--store <place>', 'finished cells that runs and machines share: a folder or s3://…; needed for --queue')

/** Examples for the help of a command. */
export const examples = (...texts: readonly string[]): string =>
  `\nExamples:\n${texts.map((text) => `  $ ${text}\n`).join('')}`

/** The backend that is asked for. */
export const backendOf = ({ backend }: Options): string => (typeof backend === 'string' ? backend : 'auto')
