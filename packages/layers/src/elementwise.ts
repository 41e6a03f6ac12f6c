import { relu as rectify, tanh as hyperbolicTangent, type Tensor } from '@tensorflow/tfjs-core'

import type { Layer, LayerSpec } from './layer.ts'
import type { Structure } from './structure.ts'

/** Lifts a function that keeps the shape into a layer without parameters. */
const elementwise = (type: string, kind: 'homogeneous' | 'opaque', f: (x: Tensor) => Tensor): Layer<readonly []> => ({
  spec: { type } satisfies LayerSpec,
  structure: { kind } satisfies Structure,
  output: (input) => input,
  init: () => [],
  apply: (_params, x) => f(x),
})

/** Rectified linear unit, `max(x, 0)`. */
export const relu: Layer<readonly []> = elementwise('relu', 'homogeneous', rectify)

/** Hyperbolic tangent. */
export const tanh: Layer<readonly []> = elementwise('tanh', 'opaque', hyperbolicTangent)

/** Passes its input on. */
export const identity: Layer<readonly []> = elementwise('identity', 'homogeneous', (x) => x.clone())
