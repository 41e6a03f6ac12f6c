import { disposeSource, foldNormalisations, freeze, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { disposeParams, scope } from '@ptu/tensor'

import type { Part } from './layers-model/part.ts'

/** A part of a network with a name, whose parameters are not made yet. */
export interface NamedPart extends Part {
  readonly name: string
}

/**
 * The blocks of a network with batch normalisation folded into the convolutions before it.
 *
 * One block is made and folded at a time, so the parameters are never held twice. The caller owns them.
 */
export const openFolded = (parts: readonly NamedPart[]): SourceNetwork<OpenBlock> => {
  const made: OpenBlock[] = []
  try {
    for (const { name, layer, params } of parts) {
      const source = freeze([{ name, layer }], [scope(params)])
      try {
        made.push(...foldNormalisations(source).blocks)
      } finally {
        disposeSource(source)
      }
    }
    return freeze(
      made,
      made.map(({ params }) => params),
    )
  } catch (cause) {
    for (const { params } of made) disposeParams(params)
    throw cause
  }
}
