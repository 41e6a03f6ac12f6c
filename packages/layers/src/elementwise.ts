import { scope, withGradient } from '@ptu/tensor'
import {
  add,
  elu as exponentialLinear,
  erf,
  exp,
  leakyRelu as leaky,
  mul,
  relu as rectify,
  relu6 as rectifyTo6,
  sigmoid as logistic,
  softmax as normalisedExponential,
  square,
  tanh as hyperbolicTangent,
  type Tensor,
} from '@tensorflow/tfjs-core'

import { fused } from './fused.ts'
import type { Layer, LayerSpec } from './layer.ts'

/** Lifts a function that keeps the shape into a layer without parameters. */
const elementwise = (
  spec: LayerSpec,
  kind: 'homogeneous' | 'opaque',
  f: (x: Tensor) => Tensor,
): Layer<readonly []> => ({
  spec,
  structure: { kind },
  output: (input) => input,
  init: () => [],
  apply: (_params, x) => f(x),
})

/** Passes its input on. */
export const identity: Layer<readonly []> = elementwise({ type: 'identity' }, 'homogeneous', (x) => x.clone())

/** Rectified linear unit, `max(x, 0)`. */
export const relu: Layer<readonly []> = elementwise({ type: 'relu' }, 'homogeneous', rectify)

/** `min(max(x, 0), 6)`. */
export const relu6: Layer<readonly []> = elementwise({ type: 'relu6' }, 'opaque', rectifyTo6)

/**
 * `x` where it is positive, else `slope · x`.
 *
 * @example
 * ```ts
 * const block = serial(conv2d(16, 3), leakyRelu(0.1))
 * ```
 */
export const leakyRelu = (slope = 0.01): Layer<readonly []> =>
  elementwise({ type: 'leakyRelu', slope }, 'homogeneous', (x) => leaky(x, slope))

/**
 * Exponential linear unit: `x` where it is positive, else `exp(x) - 1`.
 *
 * References:
 *   Clevert, Unterthiner & Hochreiter, "Fast and accurate deep network learning by exponential linear units (ELUs)", ICLR 2016, §3, https://arxiv.org/abs/1511.07289
 */
export const elu: Layer<readonly []> = elementwise({ type: 'elu' }, 'opaque', exponentialLinear)

/**
 * Gaussian error linear unit, `x · Φ(x)` with the distribution function Φ of N(0, 1), not its approximation by tanh.
 *
 * References:
 *   Hendrycks & Gimpel, "Gaussian error linear units (GELUs)", 2016, §2, https://arxiv.org/abs/1606.08415
 */
export const gelu: Layer<readonly []> = elementwise({ type: 'gelu' }, 'opaque', (x) =>
  scope(() => fused('PtuGelu', { x }, { byTanh: false }) ?? timesNormal(x)),
)

/** `x · Φ(x)`, whose derivative is `Φ(x) + x · φ(x)` with the density φ. Only `x` is saved, so that its derivative is right too. */
const timesNormal = (x: Tensor): Tensor =>
  withGradient(
    (save, [input]) => {
      save([input])
      return {
        value: mul(input, below(input)),
        gradient: (dy, [given = input]) =>
          scope(() => [mul(dy, add(below(given), mul(given, mul(exp(mul(square(given), -0.5)), densityAt0))))]),
      }
    },
    [x] as const,
  )

/** `Φ(x)` */
const below = (x: Tensor): Tensor => mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5)

/** `φ(0) = 1/√(2π)` */
const densityAt0 = 1 / Math.sqrt(2 * Math.PI)

/**
 * The approximation of {@link gelu} by a hyperbolic tangent, `x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`.
 *
 * References:
 *   Hendrycks & Gimpel, "Gaussian error linear units (GELUs)", 2016, §2, https://arxiv.org/abs/1606.08415
 */
export const geluTanh: Layer<readonly []> = elementwise({ type: 'geluTanh' }, 'opaque', (x) =>
  scope(() => {
    const inOnePass = fused('PtuGelu', { x }, { byTanh: true })
    if (inOnePass) return inOnePass
    const inner = mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))
    return mul(mul(x, 0.5), add(hyperbolicTangent(inner), 1))
  }),
)

/**
 * The approximation of {@link gelu} by a logistic function, `x · σ(1.702 · x)`, which CLIP has.
 *
 * References:
 *   Hendrycks & Gimpel, "Gaussian error linear units (GELUs)", 2016, §2, https://arxiv.org/abs/1606.08415
 */
export const quickGelu: Layer<readonly []> = elementwise({ type: 'quickGelu' }, 'opaque', (x) =>
  scope(() => mul(x, logistic(mul(x, 1.702)))),
)

/**
 * Sigmoid linear unit, `x · σ(x)`, also called swish.
 *
 * References:
 *   Elfwing, Uchibe & Doya, "Sigmoid-weighted linear units for neural network function approximation in reinforcement learning", Neural Networks 107, 2018, §2, https://arxiv.org/abs/1702.03118
 */
export const silu: Layer<readonly []> = elementwise({ type: 'silu' }, 'opaque', (x) => scope(() => mul(x, logistic(x))))

/**
 * The approximation of {@link silu} by straight pieces, `x · min(max(x + 3, 0), 6) / 6`.
 *
 * References:
 *   Howard et al., "Searching for MobileNetV3", ICCV 2019, §5.2, https://arxiv.org/abs/1905.02244
 */
export const hardSwish: Layer<readonly []> = elementwise({ type: 'hardSwish' }, 'opaque', (x) =>
  scope(() => mul(x, mul(rectifyTo6(add(x, 3)), 1 / 6))),
)

/** Logistic function, `σ(x) = 1 / (1 + exp(-x))`. */
export const sigmoid: Layer<readonly []> = elementwise({ type: 'sigmoid' }, 'opaque', logistic)

/** `exp(x) / Σ exp(x)` over the last axis. Losses here take what comes before it. */
export const softmax: Layer<readonly []> = elementwise({ type: 'softmax' }, 'opaque', (x) => normalisedExponential(x))

/** Hyperbolic tangent. */
export const tanh: Layer<readonly []> = elementwise({ type: 'tanh' }, 'opaque', hyperbolicTangent)
