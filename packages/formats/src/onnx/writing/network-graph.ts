import type { ParamTree } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import { ExportError } from '../../export-error.ts'
import type { TrainedNetwork } from '../../trained-network.ts'
import type { Subject } from './emitter.ts'
import type { GraphBuilder } from './graph-builder.ts'
import { emitters } from './table.ts'
import type { Value } from './value.ts'

/** The parameters of networks, read. */
export type Numbers = ReadonlyMap<Tensor, Float32Array>

/** The layers of encoders of texts, whose nodes do not hold the number of steps. */
const freely: ReadonlySet<string> = new Set([
  ...[
    'serial',
    'residual',
    'concatenate',
    'identity',
    'timeDistributed',
    'embedding',
    'positionEmbedding',
    'typeEmbedding',
  ],
  ...[
    'layerNorm',
    'dense',
    'dotProductAttention',
    'rotaryPositions',
    'product',
    'meanOverTime',
    'firstStep',
    'gelu',
    'geluTanh',
    'relu',
    'silu',
    'tanh',
  ],
])

/** Adds the nodes of a network to a graph and gives its output. Throws `ExportError` that names what has no nodes. */
export const addNetwork = (
  graph: GraphBuilder,
  { layer, params, blocks = [] }: TrainedNetwork,
  input: Value,
  numbers: Numbers,
): Value => {
  const numbersOf: Subject['numbersOf'] = (tensor) => {
    const found = numbers.get(tensor)
    if (found === undefined) throw new TypeError('a parameter was not read')
    return found
  }
  const emit: Subject['emit'] = (part, own, value, place) => {
    const { spec } = part
    if (graph.freeSteps && !freely.has(spec.type))
      throw new ExportError(
        `${place || 'the network'}: expected a layer that is written for texts of any length (${[...freely].join(', ')}), got ${spec.type}; export with --to onnx`,
      )
    const emitter = emitters.get(spec.type)
    if (emitter === undefined)
      throw new ExportError(
        `${place || 'the network'}: expected a layer that can be written to ONNX (${[...emitters.keys()].toSorted().join(', ')}), got ${spec.type}; export with --to layers, or keep ptu's own file`,
      )
    const output = part.output(value.shape)
    return emitter({ layer: part, spec, params: own, input: value, output, place, graph, numbersOf, emit })
  }
  const { structure } = layer
  if (structure.kind !== 'composite' || structure.flow !== 'chain') return emit(layer, params, input, blocks[0] ?? '')
  const each = params as readonly ParamTree[]
  return structure.parts.reduce((value, part, i) => emit(part, each[i] ?? [], value, blocks[i] ?? String(i)), input)
}
