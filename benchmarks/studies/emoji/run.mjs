/**
 * A real pretrained network on a new task: MobileNetV2 to emoji by category, learnt on one vendor's drawings and tested
 * on another's, of other emoji. Compares by the protocol and with the settings that `compare` has for opened networks.
 *
 * Usage: npm run study:emoji [-- --workers 2] [-- --page]     with --page only writes the page from the stored cells
 *
 * Installs the images once (about 140 MB, into node_modules/.cache/ptu-emoji), and needs no network from then on. What is
 * done is kept in runs/emoji, so that a study that was stopped goes on from there when it is started again. Writes
 * benchmarks/results/emoji.json and from it docs/results/emoji.md.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { readPhotos } from '@ptu/data'
import { compare } from '@ptu/experiments'
import { moduleSource, nodeTools, openRunFolder, writeAtomically, writeJson } from '@ptu/experiments/node'
import { useBackend } from '@ptu/tensor/backend'
import { format, resolveConfig } from 'prettier'

import { machine } from '../../interleaved.mjs'
import { cuts, input, right } from '../../mobilenet-source.mjs'
import { readOptions } from '../../options.mjs'
import { writeFolders } from './folders.mjs'
import { installImages } from './images.mjs'
import { judgedOn, keepingModels } from './models.mjs'
import { frozen, inputRule } from './network.mjs'
import { page } from './page.mjs'

const options = readOptions({ workers: { type: 'string', default: '2' }, page: { type: 'boolean' } })
const root = fileURLToPath(new URL('../../../', import.meta.url))
const cache = join(root, 'node_modules/.cache/ptu-emoji')
const cellsFile = join(root, 'benchmarks/results/emoji.json')
const pageFile = join(root, 'docs/results/emoji.md')
const [shots, seeds] = [20, [0, 1, 2, 3, 4, 5]]

const methods = ['scratch', 'share', 'fine-tune', 'freeze', 'share-all', 'fine-tune-all', 'ptu', 'ptu-fixed']

/** The comparisons: the network, and a linear map of small images, whose rates are those of a linear map. */
const comparisons = [
  { name: 'network', frozen, methods, rates: undefined },
  { name: 'pixels', frozen: 0, methods: ['share'], rates: [1e-3, 4e-3, 1.6e-2] },
]

const say = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${text}\n`)

/** Tells a tenth of the work at a time. */
const progress = (title) => {
  let told = -1
  return {
    set: (done, total) => {
      const tenth = Math.floor((10 * done) / total)
      if (tenth > told) say(`${title}: ${10 * tenth} %`)
      told = Math.max(told, tenth)
    },
    stop: () => undefined,
  }
}

/** Compares on Twitter's drawings, then judges the models on Google's; returns the results with both accuracies. */
const measured = async ({ name, frozen: freeze, methods: compared, rates }, folders, google) => {
  const folder = join(root, 'runs/emoji', name)
  right(await openRunFolder(folder, { resume: true, replace: false })())
  mkdirSync(join(folder, 'models'), { recursive: true })
  const place = {
    folder,
    cache: join(root, 'runs/emoji/.cache'),
    workers: Number(options.workers),
    progress,
    warn: say,
  }
  const tools = right(await nodeTools(place)())
  const spec = {
    source: { kind: 'module', path: fileURLToPath(new URL(`${name}.mjs`, import.meta.url)), freeze },
    ...{ target: `images:${folders.crossing}`, shots, seeds, methods: compared, modules: [], rates },
    ...{ steps: undefined, batch: undefined, rate: undefined, backend: 'wasm' },
  }
  const models = join(folder, 'models')
  const kinds = [...tools.kinds, moduleSource]
  const results = right(await compare(spec, { ...tools, kinds, executor: keepingModels(tools.executor, models) })())
  right(await useBackend('wasm')())
  const { normalisation } = inputRule
  const jobs = seeds.flatMap((seed) => compared.map((method) => ({ seed, method })))
  const judged = await judgedOn({ examples: google, normalisation, frozen: freeze, folder: models }, jobs)
  const onGoogle = ({ seed, chosen }) => judged.find((job) => job.seed === seed && job.method === chosen).accuracy
  return { results, runs: results.runs.map((run) => ({ ...run, google: onGoogle(run) })) }
}

const cellOf =
  (rows, name) =>
  ({ method, seed, chosen, depth, rate, accuracy, google, seconds, trials }) => ({
    ...{
      comparison: name,
      method,
      role: rows.find((row) => row.method === method).role,
      draw: seed,
      chosen,
      depth,
      rate,
    },
    ...{ twitter: accuracy, google, seconds, trials },
  })

const measure = async () => {
  const folders = await writeFolders(installImages(cache, say), cache)
  const google = right(await readPhotos(folders.same, inputRule.image, { strict: true })()).train
  const found = []
  for (const comparison of comparisons) found.push({ ...comparison, ...(await measured(comparison, folders, google)) })
  const [{ results }] = found
  const { steps, batch, rate, rates, judged } = results.settings
  right(
    await writeJson(cellsFile, {
      what: 'MobileNetV2 (nsfwjs 4.3.0) to emoji by category: learnt on Noto, tested on Twemoji and Noto of other emoji',
      machine: machine(),
      versions: results.versions,
      commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root }).toString().trim(),
      settings: { shots, seeds, steps, batch, rate, rates, judged, cuts, frozen, input },
      pixels: { rates: found[1].results.settings.rates },
      counts: folders.counts,
      majority: folders.majority,
      verdict: results.verdict,
      cells: found.flatMap(({ name, results: { rows }, runs }) => runs.map(cellOf(rows, name))),
    })(),
  )
}

if (!options.page) await measure()
if (!existsSync(cellsFile)) {
  say(`${cellsFile} is not there: run the study without --page`)
  process.exit(1)
}
const text = page(JSON.parse(readFileSync(cellsFile, 'utf8')))
const formatted = await format(text, { filepath: pageFile, ...(await resolveConfig(pageFile)) })
right(await writeAtomically(pageFile, new TextEncoder().encode(formatted))())
say(`written: ${pageFile}`)
