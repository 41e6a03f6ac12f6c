export { dotProductAttention, selfAttention, type AttentionOptions, type SelfAttentionOptions } from './attention.ts'
export { averagePool } from './average-pool.ts'
export { bidirectional } from './bidirectional.ts'
export type { RecurrentParams } from './cell.ts'
export { classToken, leadingTokens } from './class-token.ts'
export { concatenate } from './concatenate.ts'
export { conv1d, type Conv1dOptions, type StepPadding } from './conv1d.ts'
export { conv2d, pointwiseConv2d, type Conv2dOptions } from './conv2d.ts'
export type { ConvolutionOptions, ConvolutionParams } from './convolution.ts'
export { dense, type DenseOptions, type DenseParams } from './dense.ts'
export { depthwiseConv2d, type DepthwiseOptions } from './depthwise-conv2d.ts'
export { dropout } from './dropout.ts'
export {
  elu,
  gelu,
  geluTanh,
  hardSwish,
  identity,
  leakyRelu,
  quickGelu,
  relu,
  relu6,
  sigmoid,
  silu,
  softmax,
  tanh,
} from './elementwise.ts'
export { embedding, type EmbeddingOptions, type EmbeddingParams } from './embedding.ts'
export { maximum, minimum } from './extremes.ts'
export { fixedAffine, type FixedAffineOptions } from './fixed-affine.ts'
export { flatten } from './flatten.ts'
export { foldBatchNorm, frozenBatchNorm, type BatchNormStatistics } from './frozen-batch-norm.ts'
export { fromSpec } from './from-spec.ts'
export { globalAveragePool, globalMaxPool } from './global-pool.ts'
export { groupNorm } from './group-norm.ts'
export { gru } from './gru.ts'
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
export { layerNorm, type NormOptions } from './layer-norm.ts'
export { layerScale, type LayerScaleOptions, type LayerScaleParams } from './layer-scale.ts'
export { infer, splitMode, type Layer, type LayerSpec, type Mode, type StagedLayer } from './layer.ts'
export { lstm } from './lstm.ts'
export { maxPool } from './max-pool.ts'
export type { ScaleShiftParams } from './normalisation.ts'
export { averagePool1d, maxPool1d, type StepPoolOptions } from './pool1d.ts'
export { patchEmbedding, type PatchEmbeddingOptions } from './patch-embedding.ts'
export type { PoolOptions } from './pool.ts'
export { permute } from './permute.ts'
export { positionEmbedding, typeEmbedding, type PositionEmbeddingOptions } from './position-embedding.ts'
export { prelu, type PReluOptions, type PReluParams } from './prelu.ts'
export { product } from './product.ts'
export { recurrentVariant, type VariantCell, type VariantOptions } from './recurrent-variant.ts'
export type { RecurrentOptions } from './recurrent.ts'
export { reshape } from './reshape.ts'
export { residual } from './residual.ts'
export { reverseSteps } from './reverse-steps.ts'
export { rotaryFrequencies, rotaryPositions, type RotaryOptions } from './rotary-positions.ts'
export { clippedRelu, hardSigmoid, selu, softplus, softsign } from './saturating.ts'
export type { MaskedOptions } from './sequence.ts'
export { serial, shapesOf } from './serial.ts'
export { simpleRnn } from './simple-rnn.ts'
export { slice } from './slice.ts'
export { SpecError } from './spec-fields.ts'
export type {
  Affine,
  Composite,
  Homogeneous,
  MixedGates,
  MixedParams,
  MixedStates,
  Mixer,
  Opaque,
  Rectified,
  Rectifier,
  Recurrent,
  RecurrentMixer,
  StateBranch,
  Structure,
} from './structure.ts'
export { firstStep, lastStep, meanOverTime } from './step-pool.ts'
export { timeDistributed } from './time-distributed.ts'
export { transformerBlock, type TransformerOptions } from './transformer-block.ts'
export { upSample2d } from './up-sample2d.ts'
export { pairOf, placePads, type Extent, type Padding, type Pads, type Window } from './window.ts'
export { zeroPad1d } from './zero-pad1d.ts'
export { zeroPad2d } from './zero-pad2d.ts'
