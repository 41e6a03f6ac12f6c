import { key, split } from '@ptu/core'
import { normal, scope } from '@ptu/tensor'
import { add, mul, oneHot, reshape, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core'
import { layers, input, model, sequential, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers'

/** Gives every weight of a model values of its own, statistics of batch normalisation positive ones. */
const scatter = (made: LayersModel): LayersModel => {
  const keys = split(key(17), made.weights.length)
  made.weights.forEach((weight, i) => {
    scope(() => {
      const draw = normal(keys[i] ?? key(i), weight.shape as number[])
      weight.write(weight.originalName.includes('variance') ? add(1, mul(0.1, draw)) : mul(0.4, draw))
    })
  })
  return made
}

const on = (layer: layers.Layer, ...inputs: SymbolicTensor[]): SymbolicTensor =>
  layer.apply(inputs.length === 1 && inputs[0] ? inputs[0] : inputs) as SymbolicTensor

/** A model, the layer to cut it at, and the shape of one input. */
export interface Source {
  readonly make: () => LayersModel
  readonly cut: string
  readonly shape: readonly number[]
  /** A cut before that. */
  readonly early: string
}

/** Pictures: convolutions of every kind, batch normalisation, dropout and a sum of two paths. */
const pictures: Source = {
  shape: [6, 6, 2],
  cut: 'features',
  early: 'sum',
  make: () => {
    const x = input({ shape: [6, 6, 2], name: 'picture' })
    const first = on(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', name: 'conv' }), x)
    const normed = on(layers.batchNormalization({ name: 'norm' }), first)
    const left = on(layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', name: 'depthwise' }), normed)
    const right = on(
      layers.separableConv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'tanh', name: 'separable' }),
      normed,
    )
    const sum = on(layers.add({ name: 'sum' }), left, right)
    const dropped = on(layers.dropout({ rate: 0.5, name: 'drop' }), sum)
    const pooled = on(layers.maxPooling2d({ poolSize: 2, name: 'pool' }), dropped)
    const flat = on(layers.flatten({ name: 'flat' }), pooled)
    const features = on(layers.dense({ units: 5, activation: 'relu', name: 'features' }), flat)
    return scatter(
      model({ inputs: x, outputs: on(layers.dense({ units: 4, name: 'old' }), features), name: 'pictures' }),
    )
  },
}

/** Pictures whose channels are before height and width, in every layer. */
const channelsFirst: Source = {
  shape: [2, 6, 5],
  cut: 'across',
  early: 'conv_first',
  make: () => {
    const dataFormat = 'channelsFirst'
    const convolution = layers.conv2d({
      ...{ filters: 4, kernelSize: 3, activation: 'relu', dataFormat, inputShape: [2, 6, 5], name: 'conv_first' },
    })
    const apart = layers.separableConv2d({ filters: 4, kernelSize: 2, useBias: false, dataFormat, name: 'apart' }) // tfjs cannot add a bias here
    const across = layers.depthwiseConv2d({ kernelSize: 2, activation: 'tanh', dataFormat, name: 'across' })
    return scatter(
      sequential({
        name: 'first',
        layers: [convolution, apart, across, layers.globalAveragePooling2d({ dataFormat })],
      }),
    )
  },
}

/** A sequential model that holds another one. */
const nested: Source = {
  shape: [3],
  cut: 'second',
  early: 'first',
  make: () => {
    const inner = sequential({
      name: 'inner',
      layers: [
        layers.dense({ units: 6, inputShape: [3], activation: 'relu', name: 'first' }),
        layers.layerNormalization({ name: 'layer_norm' }),
      ],
    })
    return scatter(sequential({ name: 'outer', layers: [inner, layers.dense({ units: 4, name: 'second' })] }))
  },
}

/** A functional model that applies a sequential and a functional one. */
const modelsInside: Source = {
  shape: [6],
  cut: 'both',
  early: 'second_inside',
  make: () => {
    const x = input({ shape: [6], name: 'features' })
    const encoder = sequential({
      name: 'encoder',
      layers: [layers.dense({ units: 6, inputShape: [6], activation: 'tanh', name: 'first_inside' })],
    })
    const y = input({ shape: [6], name: 'inner_features' })
    const inner = model({ inputs: y, outputs: on(layers.dense({ units: 5, name: 'second_inside' }), y), name: 'inner' })
    const both = on(layers.dense({ units: 4, activation: 'relu', name: 'both' }), on(inner, on(encoder, x)))
    return scatter(model({ inputs: x, outputs: on(layers.dense({ units: 3, name: 'end' }), both), name: 'models' }))
  },
}

/** Tokens: an embedding that masks, and convolutions over steps. */
const steps: Source = {
  shape: [5],
  cut: 'over_steps',
  early: 'embed',
  make: () =>
    scatter(
      sequential({
        name: 'steps',
        layers: [
          layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 5, name: 'embed' }),
          layers.conv1d({ filters: 3, kernelSize: 2, activation: 'relu', name: 'over_steps' }),
        ],
      }),
    ),
}

/** A recurrent network: a unit cannot mix it. */
export const recurrent: Source = {
  shape: [5],
  cut: 'memory',
  early: 'embed',
  make: () =>
    scatter(
      sequential({
        name: 'recurrent',
        layers: [
          layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 5, maskZero: true, name: 'embed' }),
          layers.bidirectional({ layer: layers.lstm({ units: 2 }), mergeMode: 'concat', name: 'memory' }),
        ],
      }),
    ),
}

export const everySource: Readonly<Record<string, Source>> = { pictures, channelsFirst, nested, modelsInside, steps }

/** Examples for a source and, drawn with them, classes. */
export const examplesFor = ({ shape, cut }: Source, count: number, seed = 1): Tensor => {
  const draw = normal(key(seed), [count, ...shape])
  if (cut !== 'over_steps' && cut !== 'memory') return draw
  const tokens = scope(() =>
    reshape(
      Float32Array.from(draw.dataSync(), (x) => Math.floor(Math.abs(x * 4)) % 9),
      draw.shape,
    ),
  )
  draw.dispose()
  return tokens
}

export const classesFor = (count: number, classes: number): Tensor =>
  scope(
    () =>
      oneHot(
        Array.from({ length: count }, (_, i) => i % classes),
        classes,
      ) as Tensor1D,
  )

/** All weights of a model as plain numbers. */
export const numbersOf = (made: { getWeights(): Tensor[] }): readonly (readonly number[])[] =>
  made.getWeights().map((weight) => [...weight.dataSync()])
