/** Names of the kernels that only this package has; ask for them with `getKernel(name, getBackend())`. */
export const PTU_ADAM = 'PtuAdam'
export const PTU_MIX = 'PtuMix'
export const PTU_MIX_GRAD = 'PtuMixGrad'
export const PTU_MIXED_CONV = 'PtuMixedConv2D'
export const PTU_MIXED_CONV_INPUT_GRAD = 'PtuMixedConv2DInputGrad'
export const PTU_MIXED_CONV_MIXTURE_GRAD = 'PtuMixedConv2DMixtureGrad'
export const PTU_RELU_GRAD = 'PtuReluGrad'
