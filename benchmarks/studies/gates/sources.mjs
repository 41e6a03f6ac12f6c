/** The sources of the study: networks that are trained here and then damaged, and pretrained ones that are opened. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { foldIn, key, Tree } from '@ptu/core'
import { openedSource, openNetwork, portable, recipes, sourceKinds } from '@ptu/experiments'
import { startBackend } from '@ptu/experiments/node'
import { disposeModel, openModel } from '@ptu/formats'
import { disposeSource } from '@ptu/networks'
import { countParams, disposeParams } from '@ptu/tensor'
import { tensor } from '@tensorflow/tfjs-core'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { right } from '../../mobilenet-source.mjs'

/** One channel in eight lives on: the others give nothing and have no gradient. */
const living = 8

const withDeadChannels = (leaf) => {
  const channels = leaf.shape.at(-1)
  return tensor(
    leaf.dataSync().map((value, i) => ((i % channels) % living === 0 ? value : 0)),
    leaf.shape,
  )
}

const copied = (params) => Tree.map(params, (leaf) => leaf.clone())

const redrawn = ({ layer, params }, shape, seed) => (countParams(params) === 0 ? params : layer.init(seed, shape))

/** The parameters of a block after the damage: the caller owns them. */
const rules = {
  none: ({ params }) => copied(params),
  lower: (block, place, shape, seed) => (place === 0 ? redrawn(block, shape, seed) : copied(block.params)),
  upper: (block, place, shape, seed) => (place > 0 ? redrawn(block, shape, seed) : copied(block.params)),
  dead: ({ params }) => Tree.map(params, withDeadChannels),
}

const damaged = async ({ network, facts }, rule, seed) => {
  const source = right(await openNetwork(network)())
  let shape = network.input.shape
  const params = source.blocks.map((block, place) => {
    const own = rules[rule](block, place, shape, foldIn(key(seed), 0xda3a + place))
    shape = block.output(shape)
    return own
  })
  const made = await portable(source.blocks, params, network.input)
  disposeSource(source)
  disposeParams(params)
  return { network: made, facts }
}

const trained = sourceKinds.find(({ name }) => name === 'trained')

/** `{ kind: 'damaged', data, body, epochs, seed, rule }`: a network that is trained here, then damaged by a rule. */
export const damagedSource = {
  name: 'damaged',
  prepare: ({ rule, ...spec }, context) =>
    pipe(
      trained.prepare({ ...spec, kind: 'trained' }, context),
      TE.map((prepared) => ({
        ...prepared,
        spec: { ...prepared.spec, kind: 'damaged', rule },
        open: (worker, onStep) =>
          pipe(
            prepared.open(worker, onStep),
            TE.flatMapTask((opened) => () => damaged(opened, rule, spec.seed)),
          ),
      })),
    ),
}

const input = [96, 96]

/** Opens a pretrained network at 96×96; pictures are cut as its recipe says. */
const openFrom = (folder) => (file) => async () => {
  right(await startBackend('cpu')())
  const recipe = recipes.find((known) => known.file.name === file)
  const model = right(openModel({ name: file, bytes: readFileSync(join(folder, file)) }, { input: [...input, 3] }))
  const { size, shorter, ...image } = recipe.image
  const rule = { ...image, size: input, shorter: Math.round((shorter * input[0]) / size[0]) }
  const params = model.source.blocks.map((block) => block.params)
  const given = { shape: [...input, 3], vocabulary: null, image: rule, normalisation: recipe.normalisation }
  const network = await portable(model.source.blocks, params, given)
  const parameters = countParams(params)
  disposeModel(model)
  return { _tag: 'Right', right: { name: file, title: recipe.title, network, parameters } }
}

/** `{ kind: 'opened', path }`: a pretrained network from the folder of weights. */
export const pretrainedSource = (folder) => openedSource(openFrom(folder))
