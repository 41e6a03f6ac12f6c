import { blockFeatures, codeLength, openBlocks, probeLearner, type FixedBlock } from '@ptu/analysis'
import { key, OptionError } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import type { Measure, MeasuredModel } from '@ptu/experiments'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { Tensor } from '@tensorflow/tfjs-core'
import { encodeEachBatch } from '@ptu/trainer'

import { someExamples } from './some-examples.ts'

/** The most examples whose labels are sent, and how many are computed at once. */
const [most, together] = [256, 64] as const

/** The blocks below the head of a model. Throws `OptionError` for one that is not a list of blocks. */
const belowHead = ({ network: { structure }, params }: MeasuredModel): readonly FixedBlock[] => {
  const parts = structure.kind === 'composite' ? structure.parts : []
  if (!Array.isArray(params) || parts.length !== params.length || parts.length < 2)
    throw new OptionError('expected a network of blocks with a head; leave code-length out')
  const trees = params as readonly ParamTree[]
  const body = parts.slice(0, -1).map((layer, i) => ({ name: String(i), layer }))
  return openBlocks(body, trees.slice(0, -1))
}

/** The outputs of the last block before the head, example by example. */
const features = async (model: MeasuredModel, some: Dataset) => {
  const blocks = belowHead(model)
  const source = encodeEachBatch(model.network, some, model.normalisation)
  const rows: Float32Array[] = []
  for (let from = 0; from < source.count; from += together) {
    const places = Array.from({ length: Math.min(together, source.count - from) }, (_, i) => from + i)
    const { x, y } = source.batch(places)
    if (!(x instanceof Tensor)) throw new OptionError('expected a network that reads one tensor; leave code-length out')
    const found = await blockFeatures(blocks, x).finally(() => {
      disposeParams([x, y])
    })
    rows.push(Float32Array.from(found.at(-1)?.values ?? []))
  }
  const values = Float32Array.from(rows.flatMap((row) => [...row]))
  return { values, examples: source.count, size: values.length / source.count }
}

/**
 * The labels that a model still needs: the prequential code length of test labels, in bits each, where a linear classifier
 * learns them, again and again, from what the last block gives. Lower where fewer labels teach more.
 */
export const codeLengthMeasure: Measure = {
  name: 'code-length',
  columns: [{ name: 'bits', title: 'bits per label', unit: 'number' }],
  problem: ({ tagged, labels }) => {
    if (tagged === true) return 'expected one label for each example, got one for each word; leave code-length out'
    return new Set(labels).size < 2 ? 'expected test examples of two classes or more' : undefined
  },
  measure: async (model) => {
    const some = someExamples(model.examples, most)
    const own = key(0xc0de1)
    const learn = probeLearner(await features(model, some), some.labels, own)
    const { bits } = await codeLength({ labels: some.labels, learn, key: own })
    return [bits / some.labels.length]
  },
}
