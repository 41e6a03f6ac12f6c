import type { Shape } from '@ptu/tensor'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from '../src/index.ts'

/** A layer, an input shape it takes, the name it is exported under, and inputs where not any numbers will do. */
export type Entry = readonly [exported: string, layer: Layer, input: Shape, examples?: () => Tensor]

/** Three sequences of four tokens of seven, the later ones padded with 0. */
const tokenNumbers = [
  [3, 1, 6, 2],
  [5, 5, 4, 0],
  [1, 0, 0, 0],
]

/** Sequences of tokens. */
export const tokens = (): Tensor => tensor(tokenNumbers, [3, 4], 'int32')

/** Three sequences of four steps, with zeros where they are padded. */
export const padded = (features: number) => (): Tensor =>
  tensor(
    tokenNumbers
      .flat()
      .flatMap((token, t) =>
        Array.from({ length: features }, (_, i) => (token === 0 ? 0 : (((t * 7 + i * 5) % 11) - 5.3) / 4)),
      ),
    [3, 4, features],
  )
