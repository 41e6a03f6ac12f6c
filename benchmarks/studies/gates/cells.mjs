/** The cells of the study: one pair, number of shots and seed, with the accuracy of every method. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { compare, memoryStore } from '@ptu/experiments'
import { nodeTools, writeAtomically } from '@ptu/experiments/node'

import { right } from '../../mobilenet-source.mjs'
import { methodsOf } from './methods.mjs'
import { sourceSeedOf } from './plan.mjs'
import { damagedSource, pretrainedSource } from './sources.mjs'

export const nameOf = ({ pair, shots, seed, part }) => `${pair}-${shots}-${seed}-${part}`

/** The stored cells, one line each. */
export const readCells = (file) =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : [] // prettier-ignore

/** Writes all cells, whole or not at all. */
export const writeCells = async (file, cells) => {
  const text = cells.map((cell) => `${JSON.stringify(cell)}\n`).join('')
  right(await writeAtomically(file, new TextEncoder().encode(text))())
}

const rounded = (value, digits = 4) => Number(value.toFixed(digits))

const titleOf = ({ kind, above, depth }) => (kind === 'frozen' ? 'frozen' : `${above} above ${depth}`)

const told = ({ advantage, hypotheses, blocks, cost }) => {
  const least = Math.min(...hypotheses.map(({ score }) => score))
  return {
    advantage: rounded(advantage, 3),
    examples: cost.examples,
    hypotheses: hypotheses.map(({ hypothesis, score, loss }) => ({
      hypothesis: titleOf(hypothesis),
      score: rounded(score - least, 3),
      loss: rounded(loss),
    })),
    gates: blocks.map(({ update, fineTune }) => [rounded(update, 3), rounded(fineTune, 3)]),
  }
}

const sourceOf = ({ source: { kind, file, data, ...rest } }, seed, data_) =>
  kind === 'opened' ? { kind, path: file } : { kind, data: data_[data], seed: sourceSeedOf(seed), ...rest }

/** Runs one cell by `compare`; nothing of it is kept but what is returned. */
export const runCell = async ({ pair, shots, seed, part, methods }, { data, folder, weights, say }) => {
  const [found, began] = [[], process.cpuUsage()]
  const tools = right(await nodeTools({ folder, cache: join(folder, '.cache'), warn: say })())
  const spec = {
    source: sourceOf(pair, seed, data),
    ...{ target: data[pair.target], shots, seeds: [seed], methods, modules: [], rates: undefined },
    ...{ steps: undefined, batch: undefined, rate: undefined, backend: 'wasm', allowUntrained: true },
  } // prettier-ignore
  const own = methodsOf((evidence) => found.push(evidence))
  const results = right(
    await compare(spec, {
      ...tools,
      store: memoryStore(),
      methods: [...tools.methods, ...own],
      kinds: [...tools.kinds, damagedSource, pretrainedSource(weights)],
    })(),
  )
  const of = (field, digits) => Object.fromEntries(results.runs.map((run) => [run.method, rounded(run[field], digits)]))
  return {
    ...{ pair: pair.name, shots, seed, part, steps: results.settings.steps, tested: results.target.testExamples },
    sourceAccuracy: results.source.accuracy === null ? null : rounded(results.source.accuracy),
    ...(found.length > 0 && { evidence: told(found[0]) }),
    accuracy: of('accuracy', 5),
    seconds: of('seconds', 2),
    cpu: rounded((process.cpuUsage(began).user + process.cpuUsage(began).system) / 1e6, 1),
  }
}
