import { Option, type Command as Program } from 'commander'

import type { Command } from './answer.ts'
import type { Choose, Options } from './choice.ts'
import type { EvaluateOptions } from './commands/evaluate.ts'
import { nativeHelpCommand } from './commands/native-help.ts'
import { exportFormats } from './exports/table.ts'
import { lazily } from './lazily.ts'
import { countingNumber } from './number-options.ts'
import { backendOf, examples, withCommon, withoutSeed } from './options.ts'

const formats = {
  layers: 'a tf.LayersModel: model.json and weights.bin, for TensorFlow.js and the converter to other formats',
  ...Object.fromEntries(Object.entries(exportFormats).map(([name, { help }]) => [name, help])),
}

const formatsHelp = `\nFormats:\n${Object.entries(formats)
  .map(([name, help]) => `  ${name.padEnd(15)} ${help}\n`)
  .join('')}
The plain network is written: no source, no gates, no ptu needed. An ONNX file scales pixels from 0 to 255 and standardises
rows itself, and gives probabilities; a state_dict gives logits and leaves that to you. README.txt in the folder shows
how to use it, labels.txt and export.json hold the classes and the way from a picture, row or text to numbers.`

/** Adds `ptu export`. */
export const addExport = (program: Program, choose: Choose): void => {
  program
    .command('export')
    .description('Write a saved model for another framework, with its classes and its preprocessing.')
    .argument('<model>', 'a file that ptu transfer saved, or the folder of a model')
    .requiredOption('--out <path>', 'the folder to write to')
    .option('--to <format>', `layers, ${Object.keys(exportFormats).join(', ')} (layers)`)
    .option('--layout <order>', 'images of --to onnx: nhwc, as decoders give them, or nchw (nhwc)')
    .option('--replace', 'replace the export that is in --out; files that are not of an export stop it')
    .option('--json', 'print one JSON document on stdout')
    .option('--backend <name>', 'auto, tensorflow-gpu, tensorflow, webgpu, wasm or cpu')
    .action((model: string, options: Options) => {
      const asked = {
        ...{ model, out: options['out'] as string, backend: backendOf(options) },
        replaces: options['replace'] === true,
        to: (options['to'] as string | undefined) ?? 'layers',
        layout: options['layout'] as string | undefined,
      }
      const command = lazily(async () => (await import('./commands/export.ts')).exportCommand(asked))
      choose({ command, json: options['json'] === true, file: undefined })
    })
    .addHelpText('after', formatsHelp)
    .addHelpText(
      'after',
      examples('ptu export my-model --to onnx --out my-onnx', 'ptu export runs/t/model.safetensors --out web-model'),
    )
}

/** Adds the commands that read: their `--out` is a file for the JSON document. */
export const addReading = (program: Program, choose: Choose): void => {
  const file = 'also write the JSON document to this file'
  const choosing: Choosing = (command, { json, out }) => {
    choose({ command, json: json === true, file: out as string | undefined })
  }
  withCommon(program.command('evaluate').description('Test a saved model on data.'), file)
    .argument('<model>', 'a file that ptu transfer saved, or the folder of a model')
    .requiredOption('--data <data>', 'for example mnist:5-9 or a folder of images; the test part where there is one')
    .option('--limit <n>', 'at most so many examples, drawn with the seed', countingNumber)
    .action((model: string, options: Options) => {
      const asked = { model, ...evaluateOptions(options) }
      choosing(
        lazily(async () => (await import('./commands/evaluate.ts')).evaluateCommand(asked)),
        options,
      )
    })
    .addHelpText(
      'after',
      examples(
        'ptu evaluate runs/t/model.safetensors --data mnist:5-9',
        'ptu evaluate my-model --data new-photos/ --limit 100 --seed 1',
      ),
    )
  withoutSeed(program.command('inspect').description('Show blocks, parameters and gates of a model or a run.'), file)
    .argument(
      '<path>',
      'a model of ptu, PyTorch, safetensors, Keras, ONNX, TensorFlow.js or Hugging Face, or the folder of a run',
    )
    .action((path: string, options: Options) => {
      choosing(
        lazily(async () => (await import('./commands/inspect.ts')).inspectCommand(path, backendOf(options))),
        options,
      )
    })
    .addHelpText('after', examples('ptu inspect runs/demo', 'ptu inspect mobilenet_v2-b0353104.pth'))
  addDoctor(program, choosing, file)
}

type Choosing = (command: Command, options: Options) => void

const addDoctor = (program: Program, choosing: Choosing, file: string): void => {
  withoutSeed(program.command('doctor').description('Say which backends start here, and why others do not.'), file)
    .option('--native-help', 'say how to install the native packages and WebGPU')
    .addOption(
      new Option('--bench', 'measure the training kernels of wasm against what this machine can (10 s)').conflicts([
        'nativeHelp',
        'backend',
      ]),
    )
    .action((options: Options) => {
      const { nativeHelp, bench } = options
      if (nativeHelp === true) choosing(nativeHelpCommand, options)
      else if (bench === true)
        choosing(
          lazily(async () => (await import('./commands/doctor-bench.ts')).benchCommand()),
          options,
        )
      else
        choosing(
          lazily(async () => (await import('./commands/doctor.ts')).doctorCommand(backendOf(options))),
          options,
        )
    })
    .addHelpText('after', examples('ptu doctor', 'ptu doctor --bench'))
}

const evaluateOptions = (options: Options): Omit<EvaluateOptions, 'model'> => ({
  data: options['data'] as string,
  backend: backendOf(options),
  limit: options['limit'] as number | undefined,
  seed: (options['seed'] as number | undefined) ?? 0,
})
