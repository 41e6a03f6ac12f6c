import { dirname, join } from 'node:path'

import { blockFeatures, ckaByExample, openBlocks, type BlockFeatures, type LayerBlock } from '@ptu/analysis'
import { canonical, Tree } from '@ptu/core'
import { toTensors, type Dataset } from '@ptu/data'
import { openNetwork, RunError, type LoadedModel } from '@ptu/experiments'
import type { Layer } from '@ptu/layers'
import { countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'

import { keptIn, keptName, partsOf, type ModelParts } from '../continued-model.ts'
import { keptSource, sourceName, type KeptSource } from '../kept-source.ts'
import { isFile } from '../load-model.ts'
import type { Changes, Measured, Missing } from './explanation.ts'
import { measuredMean } from './measured.ts'
import { blocksOf } from './model-blocks.ts'

/**
 * The length of the change of parameters by the length that they had: `‖w - w₀‖ / ‖w₀‖`; null where they have other
 * shapes, or the source's are all zero.
 */
export const relativeChange = async (own: ParamTree, source: ParamTree): Promise<number | null> => {
  const [ours, theirs] = [Tree.leaves(own), Tree.leaves(source)]
  if (ours.length !== theirs.length || ours.some((leaf, i) => leaf.shape.join() !== theirs[i]?.shape.join()))
    return null
  let [moved, length] = [0, 0]
  for (const [i, leaf] of ours.entries()) {
    const [now, before] = [await leaf.data(), await theirs[i]?.data()]
    now.forEach((value: number, j: number) => {
      const was = before?.[j] ?? 0
      moved += (value - was) ** 2
      length += was ** 2
    })
  }
  if (ours.length === 0) return 0
  return length === 0 ? null : Math.sqrt(moved / length)
}

/** A block of a source with its parameters. */
type SourceBlock = Pick<LayerBlock, 'layer' | 'params'>

/** The blocks of a source, in the order of the model's, with the normalisation of their inputs; undefined where a block has none. */
interface Before {
  readonly name: string
  readonly blocks: readonly (SourceBlock | undefined)[]
  /** The first blocks whose outputs can be compared: those in the same places, if inputs have the same shape. */
  readonly inPlace: number
  readonly normalisation: LoadedModel['facts']['normalisation']
}

/** Compares a model, block by block, with the source that is kept beside its file. */
export const changesIn = async (file: string, model: LoadedModel, examples: Dataset): Promise<Changes | Missing> => {
  const parts = partsOf(model)
  const kept = await keptBeside(file, parts)
  if (E.isLeft(kept))
    return { why: `the folder does not keep the source (${kept.left.message}); name it with --source` }
  const { cut, rest } = kept.right
  const opened = await openNetwork(rest)()
  if (E.isLeft(opened))
    return { why: `the source in the folder cannot be read (${opened.left.message}); name another with --source` }
  const { blocks } = opened.right
  const frozen = parts.body.slice(0, cut).map(({ layer }, i) => ({ layer, params: parts.own[i] ?? [] }))
  // A file that claims other layers than the model has is not computed with.
  const others = blocks.map((block, i) => (isSameLayer(block.layer, parts.body[cut + i]?.layer) ? block : undefined))
  const before = {
    ...{ name: 'the network before its training, kept in its folder', blocks: [...frozen, ...others] },
    ...{ inPlace: parts.body.length, normalisation: model.facts.normalisation },
  }
  return changesOf(model, before, examples).finally(() => {
    disposeParams(blocks.map(({ params }) => params))
  })
}

/** The source that `ptu transfer` or `ptu train` left beside the file of a model. */
const keptBeside = async (file: string, parts: ModelParts): Promise<E.Either<RunError, KeptSource>> => {
  const folder = dirname(file)
  if (await isFile(join(folder, sourceName))) return keptSource(file, parts)()
  if (await isFile(join(folder, keptName))) return keptIn(folder, parts)
  return E.left(new RunError(`it has neither ${sourceName} nor ${keptName}`))
}

const isSameLayer = (a: Layer, b: Layer | undefined): boolean =>
  b !== undefined && canonical(a.spec) === canonical(b.spec)

/** Tells, block by block, a model from another of the same blocks. */
export const changesFrom = async (
  name: string,
  model: LoadedModel,
  source: LoadedModel,
  examples: Dataset,
): Promise<Changes | Missing> => {
  const [parts, others] = [partsOf(model), partsOf(source)]
  const blocks = parts.body.map((block) => {
    const place = others.body.findIndex((other) => other.name === block.name)
    const params = others.own[place]
    const layer = others.body[place]?.layer
    return layer === undefined || params === undefined ? undefined : { layer, params }
  })
  const other = parts.body.findIndex((block, i) => others.body[i]?.name !== block.name)
  const isSameShape = model.facts.shape.join() === source.facts.shape.join()
  const inPlace = isSameShape ? (other < 0 ? parts.body.length : other) : 0
  const { normalisation } = source.facts
  const found = await changesOf(model, { name, blocks, inPlace, normalisation }, examples)
  return found.blocks.every(({ change }) => change === null)
    ? { why: `${name} has none of the model's blocks with the same shapes` }
    : found
}

const changesOf = async (model: LoadedModel, before: Before, examples: Dataset): Promise<Changes> => {
  const { body, own } = partsOf(model)
  const changes: (number | null)[] = []
  for (const [i, params] of own.entries()) {
    const source = before.blocks[i]
    changes.push(
      source === undefined ? null : params === source.params ? 0 : await relativeChange(params, source.params),
    )
  }
  // Outputs can be compared up to the first block that the source has not.
  const other = changes.indexOf(null)
  const likeness = await likenessOf(
    model,
    before,
    Math.min(before.inPlace, other < 0 ? changes.length : other),
    examples,
  )
  return {
    ...{ source: before.name, count: examples.labels.length },
    blocks: own.map((params, i) => ({
      ...{ name: body[i]?.name ?? `block ${i + 1}`, parameters: countParams(params), change: changes[i] ?? null },
      likeness: likeness[i] ?? null,
    })),
  }
}

/** The likeness of the outputs of the first blocks to those of the source, with its interval over examples. */
const likenessOf = async (
  model: LoadedModel,
  { blocks, normalisation }: Before,
  count: number,
  examples: Dataset,
): Promise<readonly (Measured | null)[]> => {
  const own = blocksOf(model)?.slice(0, count)
  if (own === undefined || examples.labels.length < fewest) return []
  const sources = blocks.slice(0, count).flatMap((block) => block ?? [])
  const named = (list: readonly SourceBlock[]): readonly LayerBlock[] =>
    openBlocks(
      list.map(({ layer }, i) => ({ name: own[i]?.name ?? '', layer })),
      list.map(({ params }) => params),
    )
  const [ours, theirs] = [
    await featuresOf(named(own), examples, model.facts.normalisation),
    await featuresOf(named(sources), examples, normalisation),
  ]
  return ours.map((features, i) => {
    const other = theirs[i]
    return other === undefined ? null : likenessBetween(features, other)
  })
}

/** Fewer examples say nothing of likeness. */
const fewest = 5

const featuresOf = async (
  blocks: readonly LayerBlock[],
  examples: Dataset,
  normalisation: Before['normalisation'],
): Promise<readonly BlockFeatures[]> => {
  const { x, y } = toTensors(examples, normalisation)
  return blockFeatures(blocks, x, { chunk: 16 }).finally(() => {
    disposeParams([x, y])
  })
}

/** The likeness of two sets of outputs; null where it is not defined, as for outputs that are the same for all examples. */
const likenessBetween = (own: BlockFeatures, source: BlockFeatures): Measured | null => {
  if (own.values.every((value, i) => value === source.values[i])) return { value: 1, interval: null }
  if (![own, source].every(isVaried)) return null
  const parts = ckaByExample(own, source)
  return parts.every(Number.isFinite) ? measuredMean([...parts]) : null
}

const isVaried = ({ values, size }: BlockFeatures): boolean =>
  values.every(Number.isFinite) && values.some((value, i) => Math.abs(value - (values[i % size] ?? 0)) > 1e-6)
