/** The models of a comparison: kept as they are made, and judged on further examples once the comparison has ended. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { decodeModel, jobName } from '@ptu/experiments'
import { writeAtomically } from '@ptu/experiments/node'
import { serial } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { encodeFeatures, encoderOf, evaluate } from '@ptu/trainer'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { right } from '../../mobilenet-source.mjs'

const fileOf = (folder, job) => join(folder, `${jobName(job)}.safetensors`)

/** An executor whose workers keep the model of each job in a folder, before its result counts as done. */
export const keepingModels = (executor, folder) => (setup) =>
  executor(setup).map((worker) => ({
    ...worker,
    run: (comparison, job, onStep) =>
      pipe(
        worker.make(comparison, job, onStep),
        TE.tap(({ model }) => writeAtomically(fileOf(folder, job), Uint8Array.from(model))),
        TE.map(({ result }) => result),
      ),
  }))

/** A model in two: the blocks that every method shares, and what was trained. */
const parted = ({ layer, params }, frozen) => {
  const parts = layer.structure.parts
  const part = (from, to) => [serial(...parts.slice(from, to)), params.slice(from, to)]
  return { prefix: part(0, frozen), rest: part(frozen, parts.length) }
}

/** The accuracy of each job's model on examples that the comparison never saw; what is shared is computed once. */
export const judgedOn = async ({ examples, normalisation, frozen, folder }, jobs) => {
  const found = []
  let features
  for (const job of jobs) {
    if (!existsSync(fileOf(folder, job))) throw new Error(`${fileOf(folder, job)} is not there: remove runs/emoji`)
    const model = right(await decodeModel(Uint8Array.from(readFileSync(fileOf(folder, job))))())
    const { prefix, rest } = parted(model, frozen)
    features ??=
      frozen === 0
        ? { data: examples, normalisation }
        : {
            data: (await encodeFeatures(await encoderOf(...prefix), examples, normalisation, {})).dataset,
            normalisation: { mean: 0, deviation: 1 },
          }
    const { accuracy } = await evaluate(...rest, features.data, features.normalisation)
    found.push({ ...job, accuracy })
    disposeParams(model.params)
  }
  return found
}
