import { Tree } from '@ptu/core'
import { openNetwork, type KeptExamples, type LoadedModel } from '@ptu/experiments'
import { countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'

import { keptIn, partsOf } from '../continued-model.ts'
import type { Changes, Missing } from './explanation.ts'

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

/** What a training changed, block by block, from the source that the model's folder keeps. */
export const changesIn = async (folder: string, model: LoadedModel): Promise<Changes | Missing> => {
  const parts = partsOf(model)
  const kept = await keptIn(folder, parts)
  if (E.isLeft(kept))
    return { why: `the folder does not keep the source (${kept.left.message}); name it with --source` }
  const { cut, rest } = kept.right
  return blocksAfter(
    parts.body.map(({ name }) => name),
    parts.own,
    { cut, rest },
  )
}

const blocksAfter = async (
  names: readonly string[],
  own: readonly ParamTree[],
  { cut, rest }: Pick<KeptExamples, 'cut' | 'rest'>,
): Promise<Changes> => {
  const opened = await openNetwork(rest)()
  if (E.isLeft(opened)) throw opened.left // it was checked when it was read
  const before = opened.right.blocks.map(({ params }) => params)
  const blocks: Changes['blocks'][number][] = []
  for (const [i, params] of own.entries()) {
    const source = before[i - cut]
    const change = i < cut ? 0 : source === undefined ? null : await relativeChange(params, source)
    blocks.push({ name: names[i] ?? `block ${i + 1}`, parameters: countParams(params), change })
  }
  disposeParams(before)
  return { source: 'the network before its training, kept in its folder', blocks }
}

/** What differs, block by block, between a model and another of the same blocks. */
export const changesFrom = async (
  name: string,
  model: LoadedModel,
  source: LoadedModel,
): Promise<Changes | Missing> => {
  const [parts, others] = [partsOf(model), partsOf(source)]
  const blocks: Changes['blocks'][number][] = []
  for (const [i, params] of parts.own.entries()) {
    const place = others.body.findIndex((block) => block.name === parts.body[i]?.name)
    const before = others.own[place]
    const change = before === undefined ? null : await relativeChange(params, before)
    blocks.push({ name: parts.body[i]?.name ?? '', parameters: countParams(params), change })
  }
  return blocks.every(({ change }) => change === null)
    ? { why: `${name} has none of the model's blocks with the same shapes` }
    : { source: name, blocks }
}
