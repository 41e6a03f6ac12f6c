import { integer, list, literal, number, optional, refine, struct, type Decoder } from '@ptu/config'
import type { ImageRule } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'

const side = integer({ min: 1, max: 4096 })

const fields = struct({
  size: list(side, { min: 2, max: 2 }),
  channels: integer({ min: 1, max: 3 }),
  fit: literal('squash', 'crop', 'pad'),
  shorter: optional(side),
  background: optional(list(number({ min: 0, max: 255 }), { min: 3, max: 3 })),
})

/** Checks the way from an image to an example, as it stands in the metadata of a file. */
export const imageRuleDecoder: Decoder<ImageRule> = refine(fields, ({ size, channels, fit, shorter, background }) => {
  const [height = 1, width = 1] = size
  const [red = 0, green = 0, blue = 0] = background ?? []
  return E.right({
    size: [height, width] as const,
    channels: channels === 1 ? (1 as const) : (3 as const),
    fit,
    ...(shorter !== undefined && { shorter }),
    ...(background && { background: [red, green, blue] as const }),
  })
})
