import { shapesOf } from '@ptu/layers'
import {
  disposeSource,
  foldNormalisations,
  freeze,
  ImportError,
  type OpenBlock,
  type SourceNetwork,
} from '@ptu/networks'
import type { Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import { cutPoints, segments } from './blocks.ts'
import { fromLayersModel } from './from-layers-model.ts'
import type { OwnedWeights } from './owned-weights.ts'
import { scalesPixels } from './scales-pixels.ts'
import type { StoredLayersModel } from './stored-model.ts'
import { readGraph } from './topology.ts'

/** A network of images up to its last map, and what follows. */
export interface ImageModel {
  /** Cut where residual blocks end, else into at most eight blocks; batch normalisation is folded into convolutions. */
  readonly source: SourceNetwork<OpenBlock>
  /** Pooling and classifier; undefined where they cannot be opened. */
  readonly head: OpenBlock | undefined
  /** The shape of an example. */
  readonly input: Shape
  /** True if the network itself brings pixels from 0 to 255 to the range that it was trained on. */
  readonly scalesPixels: boolean
  /** The reason why the rest after the source was not opened; undefined if it was. */
  readonly rest: string | undefined
  /** The names of the weights that are used. */
  readonly used: ReadonlySet<string>
}

/** The layers that end residual blocks are called so by Keras. */
const endsBlock = /(^|[_/])add(_\d+)?$/i

/** The most blocks that a network without residual blocks is cut into. */
const mostBlocks = 8

/** The network of images that a model is. Throws `ImportError` where there is none; the caller owns the parameters. */
export const imageModel = (given: StoredLayersModel, wanted: Shape | undefined): ImageModel => {
  const { model, used } = watched(given)
  const input = wanted ?? inputOf(model)
  const until = lastMap(model, input)
  const points = cutPoints(readGraph(model.topology, until))
  const cuts = cutsAmong(points.slice(0, -1))
  const whole = fromLayersModel(model, [...cuts, until], { input })
  const opened = E.isRight(whole) ? whole : fromLayersModel(model, cuts, { input, until })
  if (E.isLeft(opened)) throw opened.left
  const folded = foldNormalisations(opened.right)
  disposeSource(opened.right)
  const { blocks } = folded
  const body = blocks.slice(0, cuts.length + 1)
  return {
    source: sourceOf(folded, body),
    head: blocks[body.length],
    input,
    scalesPixels: scalesPixels(body[0]?.layer),
    rest: E.isLeft(whole) ? whole.left.message : undefined,
    used,
  }
}

const sourceOf = (folded: SourceNetwork<OpenBlock>, blocks: readonly OpenBlock[]): SourceNetwork<OpenBlock> =>
  blocks.length === folded.blocks.length ? folded : freeze(blocks, blocks.map(({ params }) => params)) // prettier-ignore

/** The last layer that everything passes and that gives a map. */
const lastMap = (model: StoredLayersModel, input: Shape): string => {
  let problem: ImportError | undefined
  const points = cutPoints(readGraph(model.topology))
  for (const until of points.toReversed()) {
    const found = attempt(() => segments(readGraph(model.topology, until), model, [], input))
    if (E.isLeft(found)) problem = found.left
    else if (shapesOf(found.right.map(({ layer }) => layer), input).at(-1)?.length === 3) return until // prettier-ignore
  }
  throw new ImportError(
    `expected a network of images with a map before its classifier${problem === undefined ? ', it has none' : `: ${problem.message}`}`,
    { cause: problem },
  )
}

const cutsAmong = (before: readonly string[]): readonly string[] => {
  const ends = before.filter((name) => endsBlock.test(name))
  if (ends.length > 1) return ends
  const step = Math.max(1, Math.ceil(before.length / mostBlocks))
  return before.filter((_, i) => i % step === step - 1)
}

/** The shape of the images that a model was made for, where its description says it. */
const inputOf = ({ topology }: StoredLayersModel): Shape => {
  const found = /"batch_?(?:input_)?shape":\s*\[\s*null\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]/.exec(JSON.stringify(topology)) // prettier-ignore
  if (found === null)
    throw new ImportError(
      'expected a model that says the size of its images, [height, width, channels]; say it with input (--input 224x224)',
    )
  return found.slice(1, 4).map(Number)
}

/** The same model, which remembers the weights that are read. */
const watched = (model: StoredLayersModel): { readonly model: StoredLayersModel; readonly used: Set<string> } => {
  const used = new Set<string>()
  const watch = <W extends StoredLayersModel['weights'][number]>(weight: W): W => ({
    ...weight,
    tensor: () => {
      used.add(weight.name)
      return weight.tensor()
    },
  })
  const owned: OwnedWeights | undefined =
    model.owned &&
    new Map(
      [...model.owned].map(([layer, mine]) => [layer, mine.map((one) => ({ ...one, weight: watch(one.weight) }))]),
    )
  return { model: { ...model, weights: model.weights.map(watch), ...(owned && { owned }) }, used }
}
