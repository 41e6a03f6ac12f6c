import { activation, clippedRelu, leakyRelu, prelu } from './elementwise.ts'
import * as plain from './plain.ts'
import * as pools from './pools.ts'
import { embedding, lastStep, meanOverTime, recurrent } from './sequences.ts'
import type { Stages } from './stage.ts'
import * as windows from './windows.ts'

/** The Keras layers of each layer of ptu that is not made of others, by the type of its spec. */
export const stages: ReadonlyMap<string, Stages> = new Map([
  ...Object.entries(plain),
  ...Object.entries(pools),
  ...Object.entries(windows),
  ...Object.entries({
    ...{ relu: activation, relu6: activation, elu: activation, gelu: activation, selu: activation, silu: activation },
    ...{ sigmoid: activation, softmax: activation, softplus: activation, softsign: activation, tanh: activation },
    ...{ hardSigmoid: activation, identity: activation, leakyRelu, clippedRelu, prelu },
    ...{ simpleRnn: recurrent, lstm: recurrent, gru: recurrent, recurrentVariant: recurrent },
    ...{ embedding, lastStep, meanOverTime },
  }),
])
