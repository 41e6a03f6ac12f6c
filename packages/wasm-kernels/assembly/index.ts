export { batchNorm, batchNormGradient } from './batch-norm'
export { convForward, convForwardScratch } from './conv-forward'
export {
  convFilterGradient,
  convFilterGradientScratch,
  convInputGradient,
  convInputGradientScratch,
  mixtureGradient,
} from './conv-gradients'
export { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise'
export { adam, addRow, reluGradient } from './elementwise'
export { gemm, gemmScratch } from './gemm'
export { mix, mixGradient } from './mix'
export { mixedConvForward, mixedConvInputGradient } from './mixed-conv'
export { copyPlanes, transpose } from './move'
export { avgPoolGradient, maxPoolGradient } from './pool'
export { gruForward, gruGradient, lstmForward, lstmGradient, recurrentScratch } from './recurrent'
export { sumColumns, sumSegments } from './reduce'
