import type { LayerSpec } from '@ptu/layers'
import { concat, mul, split, tensor1d, reshape, type Tensor } from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'

import { activationName } from './elementwise.ts'
import { noCounterpart, tensorsOf, type Stage, type Stages, type Subject } from './stage.ts'

interface RecurrentFields {
  readonly units: number
  readonly masked?: boolean
  readonly cell?: string
  readonly activation?: LayerSpec
  readonly gate?: LayerSpec
}

const maskless = 'its zeros at padded steps are nothing that Keras masks keep'

/** Swaps reset and update gate: Keras has the update gate first. */
const updateFirst = (weight: Tensor): Tensor => {
  const [reset, update, candidate] = split(weight, 3, -1)
  return reset && update && candidate ? concat([update, reset, candidate], -1) : weight
}

/** A recurrent layer of tfjs and its weights. */
const recurrentStage = (subject: Subject, returnSequences: boolean): Stage => {
  const { spec, nameOf } = subject
  const fields = subject.spec as unknown as RecurrentFields
  const cell = fields.cell ?? spec.type
  const { kernel, recurrentKernel, bias } = tensorsOf(subject)
  const weights = [kernel, recurrentKernel, bias].flatMap((weight) => weight ?? [])
  const common = { units: fields.units, returnSequences, name: nameOf(cell) }
  const activation = fields.activation ? activationName(fields.activation) : 'tanh'
  const recurrentActivation = fields.gate ? activationName(fields.gate) : 'sigmoid'
  if (spec.type === 'gru')
    throw noCounterpart(
      spec,
      "the GRU of tfjs-layers resets the state before the product (recurrentVariant('gru', …) does)",
    )
  if (cell === 'simpleRnn') return { layer: layers.simpleRNN({ ...common, activation }), weights: () => weights }
  if (cell === 'lstm')
    return { layer: layers.lstm({ ...common, activation, recurrentActivation }), weights: () => weights }
  return {
    layer: layers.gru({ ...common, activation, recurrentActivation }),
    weights: () => weights.map(updateFirst),
  }
}

export const recurrentTypes: ReadonlySet<string> = new Set(['simpleRnn', 'lstm', 'gru', 'recurrentVariant'])

/** A recurrent layer that gives all of its states. */
export const recurrent: Stages = (subject) => {
  if ((subject.spec as unknown as RecurrentFields).masked) throw noCounterpart(subject.spec, `masked, ${maskless}`)
  return [recurrentStage(subject, true)]
}

/** A recurrent layer and the last step after it, both masked or neither. */
export const recurrentToLast = (subject: Subject, last: LayerSpec): readonly Stage[] => {
  const masked = (subject.spec as unknown as RecurrentFields).masked ?? false
  if (masked !== last['masked']) throw noCounterpart(last, 'it and the recurrent layer before it are not masked alike')
  const mask = masked ? [{ layer: layers.masking({ maskValue: 0, name: subject.nameOf('masking') }) }] : []
  return [...mask, recurrentStage(subject, false)]
}

/** Two recurrent layers of one kind, from both ends. */
export const bidirectional = (forward: Subject, backward: Subject): readonly Stage[] => {
  if (JSON.stringify(forward.spec) !== JSON.stringify(backward.spec) || !recurrentTypes.has(forward.spec.type))
    throw noCounterpart({ type: 'bidirectional' }, 'Keras reads from both ends by two recurrent layers of one kind')
  const [first, second] = [recurrent(forward)[0], recurrent(backward)[0]]
  if (first === undefined || second === undefined) return []
  const layer = layers.bidirectional({
    layer: first.layer as layers.RNN,
    mergeMode: 'concat',
    name: forward.nameOf('bidirectional'),
  })
  return [{ layer, weights: () => [first, second].flatMap(({ weights }) => weights?.() ?? []) }]
}

/** Picks the last step by reshaping to a map of width 1 and cropping it: Keras has no layer that picks a step. */
export const lastStep: Stages = ({ spec, input, nameOf }) => {
  if (spec['masked'] === true) throw noCounterpart(spec, `masked and not right after a recurrent layer, ${maskless}`)
  const [steps = 1, features = 1] = input
  return [
    { layer: layers.reshape({ targetShape: [steps, 1, features], name: nameOf('to_map') }) },
    {
      layer: layers.cropping2D({
        cropping: [
          [steps - 1, 0],
          [0, 0],
        ],
        name: nameOf('last_step'),
      }),
    },
    { layer: layers.reshape({ targetShape: [features], name: nameOf('to_features') }) },
  ]
}

export const meanOverTime: Stages = ({ spec, nameOf }) => {
  if (spec['masked'] === true) throw noCounterpart(spec, 'masked, and the pools of tfjs-layers count masked steps')
  return [{ layer: layers.globalAveragePooling1d({ name: nameOf('mean_over_time') }) }]
}

/** An embedding. If it is masked, the row of the token of padding is 0, and so are that token's features. */
export const embedding: Stages = (subject) => {
  const {
    vocabulary,
    features,
    masked,
    padding = 0,
  } = subject.spec as unknown as {
    vocabulary: number
    features: number
    masked: boolean
    padding?: number
  }
  const blank = (table: Tensor): Tensor => {
    const rows = Float32Array.from({ length: vocabulary }, (_, row) => Number(row !== padding))
    return mul(table, reshape(tensor1d(rows), [vocabulary, 1]))
  }
  return [
    {
      layer: layers.embedding({ inputDim: vocabulary, outputDim: features, name: subject.nameOf('embedding') }),
      weights: () => Object.values(tensorsOf(subject)).map((table) => (masked ? blank(table) : table)),
    },
  ]
}

/** Stages of a layer at each step. */
export const timeDistributed = (subject: Subject, inner: readonly Stage[]): readonly Stage[] => {
  if (subject.spec['masked'] === true) throw noCounterpart(subject.spec, `masked, ${maskless}`)
  return inner.map(({ layer, weights }) => ({
    layer: layers.timeDistributed({ layer, name: subject.nameOf('time_distributed') }),
    ...(weights && { weights }),
  }))
}
