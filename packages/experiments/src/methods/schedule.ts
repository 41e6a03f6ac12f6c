import { adam, cosine, groups, shrink, type Optimizer } from '@ptu/optim'
import { roleOf } from '@ptu/strategies'

/** Gates forget faster than weights. */
const gateAdam = { beta1: 0.9, beta2: 0.99 } as const

/**
 * The optimizer of every model of a comparison: Adam with a cosine to 2 % of its rate.
 *
 * The gates have constant rates: 3 times the rate for the number of a unit, once the rate for its deviations per
 * channel. The deviations shrink towards 0 by 1 % a step.
 *
 * With `parts`, the weights of block `i` learn at `parts[i]` times the rate, those of the head at the last of them.
 */
export const optimizerOf = (rate: number, steps: number, parts?: readonly number[]): Optimizer =>
  parts === undefined ? uniformly(rate, steps) : inParts(rate, steps, parts)

const weightsAt = (rate: number, steps: number): Optimizer => adam(cosine({ from: rate, to: 0.02, steps }))

const gatesAt = (rate: number) =>
  ({
    'gate-unit': adam(3 * rate, gateAdam),
    'gate-channel': shrink(0.99, adam(rate, gateAdam)),
  }) as const

const inParts = (rate: number, steps: number, parts: readonly number[]): Optimizer =>
  groups<string>({
    select: (path) => {
      const role = roleOf(path)
      return role === 'weight' ? `weight-${path[0] === 'head' ? parts.length - 1 : String(path[1])}` : role
    },
    optimizers: {
      ...Object.fromEntries(parts.map((part, i) => [`weight-${i}`, weightsAt(part * rate, steps)])),
      ...gatesAt(rate),
    },
  })

const uniformly = (rate: number, steps: number): Optimizer =>
  groups({
    select: roleOf,
    optimizers: {
      weight: weightsAt(rate, steps),
      ...gatesAt(rate),
    },
  })

/** The moving average of the parameters whose last value is the model: slower in long runs. */
export const averageOf = (steps: number): { readonly decay: number } => ({ decay: steps < 1000 ? 0.98 : 0.99 })
