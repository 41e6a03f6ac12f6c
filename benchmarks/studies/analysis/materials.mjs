/** The sources of the study, opened, and their data: examples to draw labels from, to test on, and the latter under shifts. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { imageShifts, shifted } from '@ptu/analysis'
import { key, foldIn, permutation } from '@ptu/core'
import { take } from '@ptu/data'
import { loadTask, prepareSource } from '@ptu/experiments'
import { nodeTools } from '@ptu/experiments/node'

import { right } from '../../mobilenet-source.mjs'
import { copyStamps, stampsIn } from '../gates/data.mjs'
import { pretrainedSource } from '../gates/sources.mjs'
import { severities } from './plan.mjs'

/** Tells what a source lacks here; undefined where it can be run. */
export const lackOf = ({ name, spec }, { weights }) => {
  if (name !== 'stamps') return undefined
  if (!existsSync(join(weights, spec.path))) return `${spec.path} (npm run fetch-weights)`
  return existsSync(stampsIn) ? undefined : 'the Debian package tuxpaint-stamps-default'
}

const stampsFolder = (folder) => {
  const own = join(folder, 'stamps')
  if (!existsSync(own)) {
    mkdirSync(folder, { recursive: true })
    copyStamps(folder)
  }
  return own
}

/** The examples that are tested on, in an order that does not depend on their classes. */
const someOf = (dataset, count) => take(dataset, permutation(key(0x7e5d), dataset.labels.length).slice(0, count))

/** Some examples under every shift and severity, with the names. */
const shiftedSets = (examples) =>
  imageShifts.flatMap((shift, place) =>
    severities.map((severity) => ({
      ...{ shift: shift.name, severity },
      examples: shifted(foldIn(key(0x5417), place), examples, shift, severity),
    })),
  )

/** Opens a source and reads its data; frozen blocks are computed once for every example. */
export const materialsOf = async ({ spec, target, tested, shifted: count }, { folder, weights, say }) => {
  const cache = join(folder, '.cache')
  const tools = right(await nodeTools({ folder, cache, warn: say })())
  const context = { ...tools, kinds: [...tools.kinds, pretrainedSource(weights)] }
  const prepared = right(await prepareSource(spec, context)())
  const text = target(spec.kind === 'opened' ? stampsFolder(folder) : '')
  const data = right(await loadTask(text, prepared.data, { image: prepared.input.image, warn: say })())
  const [worker] = tools.executor({ ...tools, backend: 'wasm', modules: [] })
  right(await worker.start()())
  const { network, facts } = right(await prepared.open(worker, () => undefined)())
  const test = someOf(data.test, tested)
  const sets = shiftedSets(
    take(
      test,
      Array.from({ length: Math.min(count, test.labels.length) }, (_, i) => i),
    ),
  )
  const plain = { network, train: data.train, test, sets }
  const { regime, frozen } = prepared
  if (frozen === 0) return { ...plain, regime, facts, digest: data.digest }
  const request = { network, count: frozen, datasets: [data.train, test, ...sets.map(({ examples }) => examples)] }
  const { rest, datasets } = right(await worker.freeze(request, () => undefined)())
  const [train, tests, ...others] = datasets
  return {
    ...{ network: rest, train, test: tests, regime, facts, digest: data.digest },
    sets: sets.map((set, i) => ({ ...set, examples: others[i] })),
  }
}
