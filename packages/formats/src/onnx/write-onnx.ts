import { create, toBinary } from '@bufbuild/protobuf'
import { messageOf, ShapeError, Tree } from '@ptu/core'
import type { Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { ExportError } from '../export-error.ts'
import type { TrainedNetwork } from '../trained-network.ts'
import {
  ModelProtoSchema,
  TensorProto_DataType as DataType,
  ValueInfoProtoSchema,
  type ModelProto,
  type ValueInfoProto,
} from './generated/onnx_pb.ts'
import { graphBuilder, type GraphBuilder } from './writing/graph-builder.ts'
import { addNetwork, type Numbers } from './writing/network-graph.ts'
import { channelsLast, perChannel, renamed, type Value } from './writing/value.ts'

/** The inputs that a file reads, and what it says of itself. */
export interface OnnxOptions {
  /** The name and the shape of one input, in the order of ptu: channels last. */
  readonly input: { readonly name: string; readonly shape: Shape }
  /** True if inputs are numbers of tokens. They are then int64, else float32. */
  readonly tokens?: boolean
  /** True if texts may have any number of tokens up to that of the shape; only for encoders of texts. */
  readonly freeSteps?: boolean
  /** The place of channels in images of the input: `[batch, height, width, channels]`, the default, or behind the batch. */
  readonly layout?: 'nhwc' | 'nchw'
  /** The step before the first layer, `(x - mean) / deviation`; it becomes a part of the graph. */
  readonly normalisation?: {
    readonly mean: number | readonly number[]
    readonly deviation: number | readonly number[]
  }
  /**
   * The last step, from outputs to what they stand for: `softmax` unless given, `sigmoid` of labels that are not exclusive, or
   * `mean + deviation · output` of a number, which is called `predictions`.
   */
  readonly answer?: 'softmax' | 'sigmoid' | { readonly mean: number; readonly deviation: number }
  /** Texts for the file's `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>
  /** The version of the product that writes. */
  readonly version?: string
}

/** Opset 17 and the version of the format that came with it: runtimes of 2022 and later read both. */
const versions = { opset: 17n, ir: 8n }

/** Protobuf messages of 2 GiB and more cannot be read. */
const largest = 2 ** 31 - 1

/**
 * The bytes of an ONNX file that computes the probabilities of trained networks: `probabilities`, the mean of their softmax,
 * and of a single network also `logits`, its outputs before that. Another `answer` takes the place of softmax.
 *
 * The batch is free. Equal networks give equal bytes. Layers that several networks start with are there once. Borrows the
 * parameters. A Left names the first layer that ONNX cannot express.
 *
 * @example
 * ```ts
 * const network = serial(conv2d(4, 3), relu, globalAveragePool, dense(2))
 * const params = network.init(key(0), [8, 8, 3])
 * const written = await encodeOnnx([{ layer: network, params }], { input: { name: 'pixels', shape: [8, 8, 3] } })()
 * expect(E.isRight(written) && written.right.length).toBeGreaterThan(500)
 * ```
 *
 * References:
 *   ONNX, "Operator schemas", opset 17, https://onnx.ai/onnx/operators/
 */
export const encodeOnnx = (
  networks: readonly [TrainedNetwork, ...TrainedNetwork[]],
  options: OnnxOptions,
): TE.TaskEither<ExportError, Uint8Array> =>
  TE.tryCatch(
    async () => {
      const numbers = await numbersOf(networks)
      const bytes = toBinary(ModelProtoSchema, modelOf(networks, options, numbers))
      if (bytes.length <= largest) return bytes
      throw new ExportError(`expected a file below 2 GiB, as protobuf allows, got ${bytes.length} bytes; export --to safetensors`) // prettier-ignore
    },
    (cause) => {
      if (cause instanceof ExportError) return cause
      if (cause instanceof ShapeError) return new ExportError(messageOf(cause), { cause })
      throw cause
    },
  )

const numbersOf = async (networks: readonly TrainedNetwork[]): Promise<Numbers> => {
  const numbers = new Map<Tensor, Float32Array>()
  for (const leaf of networks.flatMap(({ params }) => Tree.leaves(params)))
    numbers.set(leaf, Float32Array.from(await leaf.data()))
  return numbers
}

const modelOf = (networks: readonly TrainedNetwork[], options: OnnxOptions, numbers: Numbers): ModelProto => {
  const { input, tokens = false, metadata = {}, version = '' } = options
  const first = inputOf(options)
  const graph = graphBuilder([input.name, 'logits', 'probabilities', 'predictions'], options.freeSteps)
  const read = normalised(graph, first, options)
  const logits = networks.map((network) => channelsLast(graph, addNetwork(graph, network, read, numbers)))
  const outputs = outputsOf(graph, logits, options.answer)
  return create(ModelProtoSchema, {
    ...{ irVersion: versions.ir, opsetImport: [{ domain: '', version: versions.opset }] },
    ...{ producerName: 'ptu', producerVersion: version },
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      ...{ name: 'ptu', node: [...graph.nodes], initializer: [...graph.constants] },
      input: [
        infoOf(input.name, graph.freeSteps ? ['steps'] : inGraph(first), tokens ? DataType.INT64 : DataType.FLOAT),
      ],
      output: outputs.map(({ name, shape }) => infoOf(name, shape, DataType.FLOAT)),
    },
  })
}

const inputOf = ({ input: { name, shape }, layout = 'nhwc' }: OnnxOptions): Value => ({
  ...{ name, shape },
  channels: layout === 'nchw' && shape.length === 3 ? 'first' : 'last',
})

/** The shape of one example in the graph. */
const inGraph = ({ shape, channels }: Value): Shape =>
  channels === 'last' ? shape : [shape.at(-1) ?? 1, ...shape.slice(0, -1)]

const infoOf = (name: string, shape: readonly (number | string)[], elemType: number): ValueInfoProto => {
  const named = (value: string) => ({ value: { case: 'dimParam' as const, value } })
  const each = shape.map((size) =>
    typeof size === 'string' ? named(size) : { value: { case: 'dimValue' as const, value: BigInt(size) } },
  )
  const batch = named('batch')
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, shape: { dim: [batch, ...each] } } } },
  })
}

const listOf = (numbers: number | readonly number[]): readonly number[] =>
  typeof numbers === 'number' ? [numbers] : numbers

/** `(x - mean) / deviation`, without a step that changes nothing. */
const normalised = (graph: GraphBuilder, input: Value, { normalisation, tokens = false }: OnnxOptions): Value => {
  if (normalisation === undefined || tokens) return input
  const [mean, deviation] = [listOf(normalisation.mean), listOf(normalisation.deviation)]
  const centred = mean.every((number) => number === 0)
    ? input
    : renamed(input, graph.node('Sub', [input.name, perChannel(graph, input, mean, 'mean')], {}, 'normalise'))
  return deviation.every((number) => number === 1)
    ? centred
    : renamed(centred, graph.node('Div', [centred.name, perChannel(graph, input, deviation, 'deviation')], {}, 'normalise')) // prettier-ignore
}

/** Gives a value the name of an output. */
const output = (graph: GraphBuilder, value: Value, name: string): Value => {
  graph.output(value.name, name)
  return renamed(value, name)
}

/** The values that outputs stand for. */
const answerOf = (graph: GraphBuilder, value: Value, answer: OnnxOptions['answer'] = 'softmax'): Value => {
  if (answer === 'softmax') return renamed(value, graph.node('Softmax', [value.name], { axis: { int: -1 } }))
  if (answer === 'sigmoid') return renamed(value, graph.node('Sigmoid', [value.name]))
  const wide = graph.node('Mul', [value.name, perChannel(graph, value, [answer.deviation], 'deviation')])
  return renamed(value, graph.node('Add', [wide, perChannel(graph, value, [answer.mean], 'mean')]))
}

const outputsOf = (graph: GraphBuilder, logits: readonly Value[], answer: OnnxOptions['answer']): readonly Value[] => {
  const each = logits.map((value) => answerOf(graph, value, answer))
  const [first] = each
  const [single] = logits
  if (first === undefined || single === undefined) return []
  const name = typeof answer === 'object' ? 'predictions' : 'probabilities'
  if (each.length === 1) return [output(graph, first, name), output(graph, single, 'logits')]
  const mean = graph.node('Mean', each.map((value) => value.name)) // prettier-ignore
  return [output(graph, renamed(first, mean), name)]
}
