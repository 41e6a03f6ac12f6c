/** The pretrained network of the study, as a module that `compare` opens. */
import { input, mobilenet } from '../../mobilenet-source.mjs'

/** The blocks, input side first, that stay as they are for every method. */
export const frozen = 3

/** The inputs that the network expects: squares of colours from 0 to 1. */
export const inputRule = {
  shape: input,
  normalisation: { mean: 0, deviation: 255 },
  image: { size: input.slice(0, 2), channels: 3, fit: 'squash' },
}

/** MobileNetV2 of nsfwjs up to its last inverted residual, in five blocks. */
export const source = {
  name: 'MobileNetV2 of nsfwjs 4.3.0',
  open: async () => {
    const { blocks } = await mobilenet()
    return {
      body: blocks.map(({ name, layer }) => ({ name, layer })),
      params: blocks.map(({ params }) => params),
      input: inputRule,
    }
  },
}
