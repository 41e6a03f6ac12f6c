import { corruptParams } from '@ptu/analysis'
import type { Measure } from '@ptu/experiments'
import { disposeParams } from '@ptu/tensor'
import { encodeEachBatch, evaluate, lossOf } from '@ptu/trainer'

import { someExamples } from './some-examples.ts'

/** The attack: three steps, together a fiftieth of the length of all parameters. */
const attack = { set: { p: 2, epsilon: 0.02, relative: true }, steps: 3 } as const

/** The most examples that the attack looks at, and how many at once. */
const [most, together] = [256, 64] as const

/** Vulnerability of the parameters: accuracy and rise of the loss where all are moved, by 2 % of their length, to harm it most. */
export const corruptionMeasure: Measure = {
  name: 'corruption',
  columns: [
    { name: 'accuracy', title: 'attacked %', unit: 'part' },
    { name: 'rise', title: 'rise of the loss', unit: 'number' },
  ],
  problem: () => undefined,
  measure: async ({ network, params, examples, normalisation }) => {
    const some = someExamples(examples, most)
    const source = encodeEachBatch(network, some, normalisation)
    const batches = Array.from({ length: Math.ceil(source.count / together) }, (_, i) =>
      source.batch(
        Array.from({ length: Math.min(together, source.count - i * together) }, (_unused, j) => i * together + j),
      ),
    )
    try {
      const risk = { model: network, loss: lossOf(some), batches }
      const { params: moved, change } = await corruptParams(risk, params, attack)
      const { accuracy } = await evaluate(network, moved, some, normalisation)
      disposeParams(moved)
      return [accuracy, change]
    } finally {
      disposeParams(batches.flatMap(({ x, y }) => [x, y]))
    }
  },
}
