/** The baseline without a network, as a source: what it gives is the image at 16×16 pixels. */
import { averagePool, flatten, serial } from '@ptu/layers'

import { inputRule } from './network.mjs'

/** A single block that has nothing to learn: under a dense head, a linear map of small images. */
export const source = {
  name: '16×16 pixels',
  open: async () => ({
    body: [{ name: 'pixels', layer: serial(averagePool(6), flatten) }],
    params: [[[], []]],
    input: inputRule,
  }),
}
