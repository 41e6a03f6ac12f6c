import { split as splitKey, type Key } from '@ptu/core'
import { mapParams, scope } from '@ptu/tensor'
import { mul, tensor1d, tile, zeros } from '@tensorflow/tfjs-core'

import type { Cell, RecurrentParams } from './cell.ts'
import { glorotUniform, lecunNormal, type Initializer } from './initializers.ts'
import type { Layer } from './layer.ts'
import { sequenceMixer } from './mixed-sequence.ts'
import { checkCount } from './options.ts'
import { sequenceShape, type MaskedOptions } from './sequence.ts'
import { unrollStates } from './unroll-states.ts'
import { unroll, unrollMixed } from './unroll.ts'

/** The options of every recurrent layer. */
export interface RecurrentOptions extends MaskedOptions {
  /** The initializer of the kernel, for each gate by itself; default {@link glorotUniform}. */
  readonly initializer?: Initializer
  /** The initializer of the recurrent kernel; default {@link lecunNormal}, which keeps the variance of the state. */
  readonly recurrentInitializer?: Initializer
}

/** The layer that runs a cell over the steps of a sequence, from a state of 0. */
export const recurrent = (cell: Cell, units: number, options: RecurrentOptions): Layer<RecurrentParams> => {
  const { masked = false, initializer = glorotUniform, recurrentInitializer = lecunNormal } = options
  const name = `${cell.type}(${units})`
  checkCount(name, 'units', units)
  return {
    spec: { type: cell.type, units, masked },
    structure: {
      kind: 'recurrent',
      states: cell.states,
      scale: (params, factor) =>
        scope(() => {
          const everyGate = tile(factor, [cell.gates])
          return mapParams(params, (leaf) => mul(leaf, everyGate))
        }),
      applyMixed: (params, x, mix) => unrollMixed(cell, params, x, mix, masked),
      applyStates: (branches, x, mix, count) => unrollStates(cell, branches, x, mix, { count, masked }),
      mixer: () => sequenceMixer(cell, units, masked),
      trace: (params, x, count) => unroll(cell, params, x, masked, count),
    },
    output: (input) => [sequenceShape(name, input)[0], units],
    init: (key, input) => {
      const [, features] = sequenceShape(name, input)
      return initial(cell, units, features, [initializer, recurrentInitializer], key)
    },
    apply: (params, x) => {
      sequenceShape(name, x.shape.slice(1))
      const [output = x] = unroll(cell, params, x, masked, 1)
      return output
    },
  }
}

const initial = (
  { gates, biases, recurrentBias }: Cell,
  units: number,
  features: number,
  [initializer, recurrentInitializer]: readonly [Initializer, Initializer],
  key: Key,
): RecurrentParams => {
  const [kernelKey = key, recurrentKey = key] = splitKey(key, 2)
  const width = gates * units
  return {
    kernel: initializer(kernelKey, [features, width], { in: features, out: units }),
    recurrentKernel: recurrentInitializer(recurrentKey, [units, width], { in: units, out: units }),
    bias: tensor1d(
      biases.flatMap((value) => Array.from({ length: units }, () => value)),
      'float32',
    ),
    ...(recurrentBias && { recurrentBias: zeros([width]) }),
  }
}
