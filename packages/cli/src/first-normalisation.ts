import type { FirstNormalisation } from '@ptu/experiments'
import type { StoredTensor, StoredWeight } from '@ptu/formats'

/** A tensor of a file, in the order in which the network has it. */
interface Numbers {
  readonly name: string
  readonly shape: readonly number[]
  values(): Float32Array
}

/** The names of the parts of a network in one kind of file. */
interface Names {
  readonly kernel: RegExp
  readonly bias: string
  readonly mean: RegExp
  readonly variance: string
  /** The order of height, width, channels and outputs among the axes of a kernel. */
  readonly axes: readonly [number, number, number, number]
}

const keras: Names = {
  kernel: /kernel$/,
  bias: 'bias',
  mean: /moving_mean$/,
  variance: 'moving_variance',
  axes: [0, 1, 2, 3],
}
const torch: Names = {
  kernel: /weight$/,
  bias: 'bias',
  mean: /running_mean$/,
  variance: 'running_var',
  axes: [2, 3, 1, 0],
}

/** The first normalised convolution of a file of Keras weights; undefined where there is none that reads images. */
export const keptFirst = (weights: readonly StoredWeight[]): FirstNormalisation | undefined =>
  firstIn(
    weights.map((weight) => ({
      ...{ name: weight.name, shape: weight.shape },
      values: () => {
        const made = weight.tensor()
        const values = Float32Array.from(made.dataSync())
        made.dispose()
        return values
      },
    })),
    keras,
  )

/** The first normalised convolution of a file of PyTorch. */
export const torchFirst = (tensors: readonly StoredTensor[]): FirstNormalisation | undefined => firstIn(tensors, torch)

const firstIn = (all: readonly Numbers[], names: Names): FirstNormalisation | undefined => {
  const kernel = all.find(({ name, shape }) => shape.length === 4 && names.kernel.test(name))
  const mean = all.find(({ name }) => names.mean.test(name))
  return kernel === undefined || mean === undefined ? undefined : joined(all, names, { kernel, mean })
}

/** A convolution and the normalisation of its outputs; undefined where they do not fit, or images are not read. */
const joined = (
  all: readonly Numbers[],
  names: Names,
  { kernel, mean }: { readonly kernel: Numbers; readonly mean: Numbers },
): FirstNormalisation | undefined => {
  const shape = names.axes.map((axis) => kernel.shape[axis]) as unknown as FirstNormalisation['shape']
  const [, , channels, outputs] = shape
  const named = (name: string): Numbers | undefined =>
    all.find((one) => one.name === name && one.shape.join() === String(outputs))
  const variance = named(mean.name.replace(names.mean, names.variance))
  const isImages = channels === 1 || channels === 3
  if (!isImages || named(mean.name) === undefined || variance === undefined) return undefined
  const bias = named(kernel.name.replace(names.kernel, names.bias))
  return {
    ...{ kernel: arranged(kernel, names.axes), shape, mean: mean.values(), variance: variance.values() },
    ...(bias && { bias: bias.values() }),
  }
}

/** The numbers of a kernel with its axes in the order height, width, channels, outputs. */
const arranged = (stored: Numbers, axes: Names['axes']): Float32Array => {
  const { shape } = stored
  const numbers = stored.values()
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1))
  const sizes = axes.map((axis) => shape[axis] ?? 0)
  return Float32Array.from(numbers, (_, i) => {
    let [rest, from] = [i, 0]
    for (let k = 3; k >= 0; k--) {
      const size = sizes[k] as number
      from += (rest % size) * (strides[axes[k] as number] as number)
      rest = Math.floor(rest / size)
    }
    return numbers[from] as number
  })
}
