import { dropout, flatten, identity, zeroPad2d } from '@ptu/layers'

import { mapOf } from './convolutions.ts'
import { isSize, itemsOf, numberAt, refuse, valueAt, type Fields } from './fields.ts'
import { plain, type Translator } from './part.ts'

type Sides = readonly [readonly [number, number], readonly [number, number]]

const pairOf = (value: unknown): readonly [number, number] | undefined => {
  const [before, after = before] = itemsOf(value)
  return isSize(before, 0) && isSize(after, 0) ? [before, after] : undefined
}

/** Padding as `n`, `[height, width]` or `[[top, bottom], [left, right]]`. */
const sidesAt = (config: Fields): Sides => {
  const [height, width = height] = itemsOf(valueAt(config, 'padding') ?? 1)
  const [vertical, horizontal] = [pairOf(height), pairOf(width)]
  if (vertical === undefined || horizontal === undefined)
    return refuse(config, 'padding', 'a size, [height, width] or [[top, bottom], [left, right]]')
  return [vertical, horizontal]
}

/** Translators of layers that move numbers and compute none. */
export const shapeLayers: Readonly<Record<string, Translator>> = {
  Dropout: ({ config }) => [plain(dropout(numberAt(config, 'rate')))],
  Flatten: () => [plain(flatten)],
  InputLayer: () => [plain(identity)],
  ZeroPadding2D: (context) => {
    mapOf(context)
    return [plain(zeroPad2d(sidesAt(context.config)))]
  },
}
