import { conv2d, dense, flatten, globalAveragePool, maxPool, relu, residual, serial } from '@ptu/layers'

import type { Body } from './source.ts'

const named = (layers: readonly Body[number]['layer'][], name: (i: number) => string): Body =>
  layers.map((layer, i) => ({ name: name(i), layer }))

/**
 * Dense layers with ReLU: blocks `dense1`, `dense2`, ….
 *
 * @example
 * ```ts
 * expect(mlp([64, 32]).map(({ name }) => name)).toEqual(['dense1', 'dense2'])
 * ```
 */
export const mlp = (widths: readonly number[] = [128, 64]): Body =>
  named(
    widths.map((width, i) => (i === 0 ? serial(flatten, dense(width), relu) : serial(dense(width), relu))),
    (i) => `dense${i + 1}`,
  )

/**
 * Two convolutions and a dense layer, each with ReLU: blocks `conv1`, `conv2`, `dense`.
 *
 * In the manner of LeCun's network, with ReLU and max pooling; the body of the demo.
 *
 * References:
 *   LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86, 1998, §II, https://doi.org/10.1109/5.726791
 */
export const lenet = ([first, second, last]: readonly [number, number, number] = [8, 16, 64]): Body => [
  { name: 'conv1', layer: serial(conv2d(first, 3), relu, maxPool(2)) },
  { name: 'conv2', layer: serial(conv2d(second, 3), relu, maxPool(2)) },
  { name: 'dense', layer: serial(flatten, dense(last), relu) },
]

/**
 * Pairs of 3×3 convolutions before each pooling: blocks `stage1`, `stage2`, … and `dense`.
 *
 * References:
 *   Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015, §2, https://arxiv.org/abs/1409.1556
 */
export const vgg = (widths: readonly number[] = [16, 32, 64], last = 64): Body => [
  ...named(
    widths.map((width) => serial(conv2d(width, 3), relu, conv2d(width, 3), relu, maxPool(2))),
    (i) => `stage${i + 1}`,
  ),
  { name: 'dense', layer: serial(flatten, dense(last), relu) },
]

/**
 * A stem and residual stages without normalisation, each halving the map but the first: blocks `stem`, `stage1`, ….
 *
 * Every shortcut is a 1×1 convolution, so that the network can be rescaled. The last stage ends in the average of its map.
 *
 * References:
 *   He, Zhang, Ren & Sun, "Deep residual learning for image recognition", CVPR 2016, §3, https://arxiv.org/abs/1512.03385
 */
export const resnet = (widths: readonly number[] = [16, 32, 64]): Body => {
  const stage = (width: number, i: number): Body[number]['layer'] => {
    const stride = i === 0 ? 1 : 2
    const main = serial(conv2d(width, 3, { stride }), relu, conv2d(width, 3))
    return serial(
      residual(main, conv2d(width, 1, { stride })),
      relu,
      ...(i === widths.length - 1 ? [globalAveragePool] : []),
    )
  }
  return [
    { name: 'stem', layer: serial(conv2d(widths[0] ?? 16, 3), relu) },
    ...named(widths.map(stage), (i) => `stage${i + 1}`),
  ]
}
