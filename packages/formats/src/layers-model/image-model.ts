import { shapesOf } from '@ptu/layers'
import { freeze, ImportError, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import type { DescribedModel } from '../described-model.ts'
import { openFolded } from '../open-folded.ts'
import { cutPoints, segments } from './blocks.ts'
import type { Graph } from './graph.ts'
import { scalesPixels } from './scales-pixels.ts'

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

/** The layers that end residual blocks are called so by Keras and PyTorch. */
const endsBlock = /(^|[_/])add(_\d+)?$/i

/** The most blocks that a network without residual blocks is cut into. */
const mostBlocks = 8

/** The network of images that a model is. Throws `ImportError` where there is none; the caller owns the parameters. */
export const imageModel = (model: DescribedModel, wanted: Shape | undefined): ImageModel => {
  const input = wanted ?? inputOf(model)
  const until = lastMap(model, input)
  const cuts = cutsAmong(model.graph(until))
  const whole = attempt(() => opened(model, [...cuts, until], input))
  const { source, used } = E.isRight(whole) ? whole.right : opened(model, cuts, input, until)
  const { blocks } = source
  const body = blocks.slice(0, cuts.length + 1)
  return {
    source: body.length === blocks.length ? source : freeze(body, body.map(({ params }) => params)), // prettier-ignore
    head: blocks[body.length],
    input,
    scalesPixels: scalesPixels(body[0]?.layer),
    rest: E.isLeft(whole) ? whole.left.message : undefined,
    used,
  }
}

/** A model up to a layer as blocks, and the names of the weights that they are made of. */
const opened = (
  model: DescribedModel,
  cuts: readonly string[],
  input: Shape,
  until?: string,
): { readonly source: SourceNetwork<OpenBlock>; readonly used: ReadonlySet<string> } => {
  const used = new Set<string>()
  const graph = model.watched((name) => used.add(name)).graph(until)
  return { source: openFolded(segments(graph, cuts, input)), used }
}

/** The last layer that everything passes and that gives a map. */
const lastMap = (model: DescribedModel, input: Shape): string => {
  let problem: ImportError | undefined
  const points = cutPoints(model.graph())
  for (const until of points.toReversed()) {
    const found = attempt(() => segments(model.graph(until), [], input))
    if (E.isLeft(found)) problem = found.left
    else if (shapesOf(found.right.map(({ layer }) => layer), input).at(-1)?.length === 3) return until // prettier-ignore
  }
  throw new ImportError(
    `expected a network of images with a map before its classifier${problem === undefined ? ', it has none' : `: ${problem.message}`}`,
    { cause: problem },
  )
}

const cutsAmong = (graph: Graph): readonly string[] => {
  const points = cutPoints(graph)
  const normalises = new Set(graph.nodes.flatMap(({ name, type }) => (type === 'BatchNormalization' ? [name] : [])))
  const ends = points.slice(0, -1).filter((name) => endsBlock.test(name))
  if (ends.length > 1) return ends
  // A normalisation stays with the convolution that takes it in.
  const before = points.slice(0, -1).filter((_, i) => !normalises.has(points[i + 1] ?? ''))
  const step = Math.max(1, Math.ceil(before.length / mostBlocks))
  return before.filter((_, i) => i % step === step - 1)
}

/** The shape of the images that a model was made for, where its description says it. */
const inputOf = ({ input }: DescribedModel): Shape => {
  if (input !== undefined && input.length !== 3)
    throw new ImportError(
      `expected a network of images, this one reads examples of [${input.join(', ')}]; it opens as a chain of its layers: decodeOnnx or decodeKeras, then fromLayersModel`,
    )
  if (input === undefined)
    throw new ImportError(
      'expected a model that says the size of its images, [height, width, channels]; say it with input (--input 224x224)',
    )
  return input
}
