import { foldBatchNorm, pairOf, type Extent } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, reshape, transpose, zeros, type Tensor } from '@tensorflow/tfjs-core'

import type { Arrangement } from '../stored-tensor.ts'

/** A PyTorch module's tensors by their names in it. */
export interface Module {
  /** Finds a tensor of a given shape and returns a function that makes it; throws `ImportError` if there is none. */
  take(name: string, shape: Shape): Take
  has(name: string): boolean
}

/** Makes a tensor, in another order of its axes if one is given. */
export type Take = (arrangement?: Arrangement) => Tensor

/** A layer of ours with its input and output, and the module of PyTorch whose parameters it takes. */
export interface Meeting {
  readonly spec: Readonly<Record<string, unknown>>
  /** The shape of the layer's input, and of its output. */
  readonly input: Shape
  readonly output: Shape
  /** The map that was flattened into the input, if there was one: PyTorch has its channels first. */
  readonly flattened?: Shape
  readonly module: Module
  /** The number that is added to the variances of batch normalisation. */
  readonly epsilon: number
}

type Reader = (meeting: Meeting) => () => ParamTree

const last = (shape: Shape): number => shape.at(-1) ?? 1

/**
 * A kernel whose shape is given in PyTorch's order of axes and that is taken in ours, and a bias if the layer has one.
 */
const kernelBy =
  (shape: (meeting: Meeting) => Shape, order: readonly number[], split = shape): Reader =>
  (meeting) => {
    const { module, spec, output } = meeting
    const kernel = module.take('weight', shape(meeting))
    const bias = spec['bias'] === false ? undefined : module.take('bias', [last(output)])
    return () => ({ kernel: kernel({ split: split(meeting), order }), ...(bias && { bias: bias() }) })
  }

const size = ({ spec }: Meeting): number => spec['size'] as number

/** The height and the width of a window over maps. */
const sizes = ({ spec }: Meeting): [number, number] => pairOf(spec['size'] as Extent)

/** The channels that one filter reads. */
const readBy = ({ spec, input }: Meeting): number => last(input) / ((spec['groups'] as number | undefined) ?? 1)

const connected: Reader = ({ module, input, output, flattened }) => {
  const [width, units] = [last(input), last(output)]
  const kernel = module.take('weight', [units, width])
  const bias = module.has('bias') ? module.take('bias', [units]) : undefined
  const [height = 1, across = 1, channels = width] = flattened ?? []
  const arrangement = { split: [units, channels, height, across], order: [2, 3, 1, 0] }
  return () => scope(() => ({ kernel: reshape(kernel(arrangement), [width, units]), bias: bias?.() ?? zeros([units]) }))
}

/** A table of `rows` vectors. */
const tableOf =
  (rows: string): Reader =>
  ({ module, spec, input }) => {
    const table = module.take('weight', [spec[rows] as number, last(input)])
    return () => ({ table: table() })
  }

/** The reader of the layer that is the same at each step. */
const atEachStep: Reader = (meeting) => {
  const inner = meeting.spec['layer'] as Meeting['spec']
  const read = torchLayers[inner['type'] as string] as Reader
  return read({ ...meeting, spec: inner, input: meeting.input.slice(1), output: meeting.output.slice(1) })
}

/** Tells whether PyTorch has modules of a layer. One that is the same at each step is as the layer inside. */
export const hasTorchLayer = (spec: Meeting['spec']): boolean => {
  const type = spec['type'] as string
  return type === 'timeDistributed' ? hasTorchLayer(spec['layer'] as Meeting['spec']) : Object.hasOwn(torchLayers, type)
}

const scaleAndShift: Reader = ({ module, input }) => {
  const [scale, shift] = [module.take('weight', [last(input)]), module.take('bias', [last(input)])]
  return () => ({ scale: scale(), shift: shift() })
}

const batchNorm: Reader = ({ module, input, epsilon }) => {
  const names = ['weight', 'bias', 'running_mean', 'running_var'] as const
  const [gamma, beta, mean, variance] = names.map((name) => module.take(name, [last(input)]))
  return () =>
    scope(() =>
      foldBatchNorm({
        gamma: (gamma as () => Tensor)(),
        beta: (beta as () => Tensor)(),
        mean: (mean as () => Tensor)(),
        variance: (variance as () => Tensor)(),
        epsilon,
      }),
    )
}

/** Throws for a recurrent module of several layers or with a projected state: a single layer is not all of it. */
const checkPlain = (module: Module): void => {
  const more = ['weight_ih_l1', 'weight_hr_l0'].find((name) => module.has(name))
  if (more !== undefined)
    throw new ImportError(
      `expected a recurrent module of one layer and without a projection, it holds ${more} too; in Python, make it of several modules with num_layers=1`,
    )
}

const recurrent =
  (gates: number, twoBiases: boolean): Reader =>
  ({ module, input, output }) => {
    checkPlain(module)
    const units = last(output)
    const kernel = module.take('weight_ih_l0', [gates * units, last(input)])
    const recurrentKernel = module.take('weight_hh_l0', [gates * units, units])
    const [own, state] = [module.take('bias_ih_l0', [gates * units]), module.take('bias_hh_l0', [gates * units])]
    return () =>
      scope(() => ({
        kernel: transpose(kernel()),
        recurrentKernel: transpose(recurrentKernel()),
        ...(twoBiases ? { bias: own(), recurrentBias: state() } : { bias: add(own(), state()) }),
      }))
  }

/** Makes the parameters of our layers from those of the PyTorch modules that compute the same. */
export const torchLayers: Readonly<Record<string, Reader>> = {
  conv1d: kernelBy((at) => [last(at.output), last(at.input), size(at)], [2, 1, 0]),
  conv2d: kernelBy((at) => [last(at.output), readBy(at), ...sizes(at)], [2, 3, 1, 0]),
  dense: connected,
  depthwiseConv2d: kernelBy(
    (at) => [last(at.output), 1, ...sizes(at)],
    [2, 3, 0, 1],
    (at) => [last(at.input), last(at.output) / last(at.input), ...sizes(at)],
  ),
  embedding: ({ module, spec }) => {
    const table = module.take('weight', [spec['vocabulary'] as number, spec['features'] as number])
    return () => ({ table: table() })
  },
  frozenBatchNorm: batchNorm,
  groupNorm: scaleAndShift,
  gru: recurrent(3, true),
  layerNorm: scaleAndShift,
  layerScale: ({ module, input }) => {
    const scale = module.take('weight', [last(input)])
    return () => ({ scale: scale() })
  },
  leadingTokens: tableOf('count'),
  lstm: recurrent(4, false),
  positionEmbedding: tableOf('positions'),
  simpleRnn: recurrent(1, false),
  timeDistributed: atEachStep,
  typeEmbedding: tableOf('types'),
}
