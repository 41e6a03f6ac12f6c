import type { Command as Program } from 'commander'

import type { Choose } from './choice.ts'
import { lazily } from './lazily.ts'
import { countingNumber } from './number-options.ts'
import { backendOf, examples, withCommon } from './options.ts'

const description =
  'Say what a model leans on, how sure it is, what breaks it and what transfer changed, as a page and a document.'

const notes = `
The page answers in words first, each with its uncertainty and its cost:
  leans on   parts of pictures are covered, columns of tables shuffled; what lowers the answer is leant on
  sure       calibration error, the probability from which 95 % are right, sets that hold the right class
  breaks     11 changes of pictures (noise, blur, rotation, …) or of rows, in five severities
  changed    how far the weights of each block moved from the source that the folder keeps, or from --source

Give labelled data that the model was not trained on. Nothing is trained, and the model stays as it is.
Exit codes: 0 done, 1 the world failed, 2 a call that is not understood, 130 stopped.
`

/** Adds `ptu explain`. */
export const addExplain = (program: Program, choose: Choose): void => {
  withCommon(program.command('explain').description(description), 'the page (explanation.html)')
    .argument('<model>', 'the folder of a model, or a file that ptu transfer saved')
    .requiredOption('--data <data>', 'labelled examples: a folder of images by class, a table, or mnist:5-9')
    .option('--quick', 'fewer pictures, severities and examples')
    .option('--limit <n>', 'at most so many examples, drawn with the seed (500; quick 120)', countingNumber)
    .option('--source <model>', 'another model of ptu with the same blocks, to compare weights with')
    .action((model: string, options) => {
      const {
        data,
        quick,
        limit,
        source,
        seed = 0,
        out = 'explanation.html',
        json,
      } = options as Record<string, unknown>
      const asked = {
        ...{ model, data: String(data), out: String(out), quick: quick === true, seed: Number(seed) },
        limit: limit === undefined ? undefined : Number(limit),
        source: typeof source === 'string' ? source : undefined,
        backend: backendOf(options as Record<string, unknown>),
      }
      const command = lazily(async () => (await import('./commands/explain.ts')).explainCommand(asked))
      choose({ command, json: json === true, file: undefined })
    })
    .addHelpText(
      'after',
      `${notes}${examples('ptu explain my-model --data new-photos/', 'ptu explain my-model --data later.csv --quick --json', 'ptu explain runs/t/model.safetensors --data mnist:5-9 --out digits.html')}`,
    )
}
