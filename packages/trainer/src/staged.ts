import type { Layer, StagedLayer } from '@ptu/layers'
import type { Tensor } from '@tensorflow/tfjs-core'

/** Any layer as one in two stages; a layer without stages has the input itself as its encoding. */
export const staged = (model: Layer | StagedLayer): StagedLayer =>
  'encode' in model
    ? model
    : {
        ...model,
        encode: (x) => x.clone(),
        decode: (params, encoded, mode) => model.apply(params, encoded as Tensor, mode),
      }
