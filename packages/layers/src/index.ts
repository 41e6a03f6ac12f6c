export { conv2d, pointwiseConv2d } from './conv2d.ts'
export type { ConvolutionOptions, ConvolutionParams } from './convolution.ts'
export { dense, type DenseParams } from './dense.ts'
export { identity, relu, tanh } from './elementwise.ts'
export { flatten } from './flatten.ts'
export { globalAveragePool, globalMaxPool } from './global-pool.ts'
export {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  zeros,
  type Fans,
  type Initializer,
} from './initializers.ts'
export { infer, splitMode, type Json, type Layer, type LayerSpec, type Mode, type StagedLayer } from './layer.ts'
export { residual } from './residual.ts'
export { maxPool } from './max-pool.ts'
export type { PoolOptions } from './pool.ts'
export { serial, shapesOf } from './serial.ts'
export type { Affine, Composite, Homogeneous, Opaque, Structure } from './structure.ts'
export type { Padding } from './window.ts'
