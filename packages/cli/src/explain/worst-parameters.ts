import { riskGradient, worstCase, type LayerBlock } from '@ptu/analysis'
import { Tree } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'
import type { LoadedModel } from '@ptu/experiments'
import { countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import { crossEntropy, encodeEachBatch, predict } from '@ptu/trainer'
import { tensor } from '@tensorflow/tfjs-core'

import type { Missing } from './explanation.ts'
import type { FragileParameters } from './inside.ts'
import { measuredMean } from './measured.ts'
import { blocksOf } from './model-blocks.ts'

/** The part of their length by which the parameters of a block are moved. */
const part = 0.02

/** The examples whose gradient is taken at once. */
const together = 16

/** Finds how much the worst small move of the parameters of each block costs, on examples that it was not found by. `tell` counts the passes. */
export const fragileParameters = async (
  model: LoadedModel,
  examples: Dataset,
  tell: (passes: number) => void,
): Promise<FragileParameters | Missing> => {
  const blocks = blocksOf(model)
  const half = Math.floor(examples.labels.length / 2)
  if (blocks === undefined) return { why: 'the model is not a list of blocks' }
  if (half < 3) return { why: 'there are too few examples' }
  const places = [...examples.labels.keys()]
  const [found, judged] = [take(examples, places.slice(0, half)), take(examples, places.slice(half))]
  const gradient = await gradientOn(model, found)
  const right = (params: ParamTree): Promise<readonly number[]> => rightOn(model, params, judged)
  tell(found.labels.length)
  const before = await right(model.params)
  tell(judged.labels.length)
  const rows: FragileParameters['blocks'][number][] = []
  let from = 0
  for (const [place, block] of blocks.entries()) {
    const count = countParams(block.params)
    const own = gradient.subarray(from, (from += count))
    if (count === 0) continue
    const moved = await movedBy(block, own)
    const after = await right(blocks.map((other, i) => (i === place ? moved : other.params)))
    disposeParams(moved)
    tell(judged.labels.length)
    rows.push({
      ...{ name: block.name, parameters: count },
      lost: measuredMean(before.map((p, i) => p - (after[i] ?? 0))),
    })
  }
  return { part, count: judged.labels.length, blocks: rows.toSorted((a, b) => b.lost.value - a.lost.value) }
}

const gradientOn = async (model: LoadedModel, examples: Dataset): Promise<Float64Array> => {
  const { layer, params, facts } = model
  const source = encodeEachBatch(layer, examples, facts.normalisation)
  const batches = Array.from({ length: Math.ceil(source.count / together) }, (_, i) =>
    source.batch(
      Array.from({ length: Math.min(together, source.count - i * together) }, (_unused, j) => i * together + j),
    ),
  )
  try {
    return (await riskGradient({ model: layer, loss: crossEntropy, batches }, params)).gradient
  } finally {
    disposeParams(batches.flatMap(({ x, y }) => [x, y]))
  }
}

/** The parameters of a block after the move that raises the loss most, to first order. The caller owns them. */
const movedBy = async ({ params }: LayerBlock, gradient: Float64Array): Promise<ParamTree> => {
  const leaves = await Promise.all(Tree.leaves(params).map((leaf) => leaf.data()))
  let squares = 0
  for (const leaf of leaves) for (const weight of leaf) squares += weight ** 2
  const length = Math.sqrt(squares)
  const { corruption } = worstCase(gradient, { p: 2, epsilon: part * Math.max(length, Number.MIN_VALUE) })
  let [at, place] = [0, 0]
  return Tree.map(params, (leaf) => {
    const own = leaves[place++]
    const start = at
    at += leaf.size
    return tensor(
      Float32Array.from({ length: leaf.size }, (_, i) => (own?.[i] ?? 0) + (corruption[start + i] ?? 0)),
      leaf.shape,
    )
  })
}

/** The probability of the right class for each example. */
const rightOn = async (
  { layer, facts }: LoadedModel,
  params: ParamTree,
  examples: Dataset,
): Promise<readonly number[]> => {
  const { logits, labels, classes } = await predict(
    layer,
    params,
    encodeEachBatch(layer, examples, facts.normalisation),
    {
      batchSize: 64,
    },
  )
  return Array.from(labels, (label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes)
    const most = row.reduce((a, b) => Math.max(a, b))
    return Math.exp((row[label] ?? 0) - most) / row.reduce((sum, logit) => sum + Math.exp(logit - most), 0)
  })
}
