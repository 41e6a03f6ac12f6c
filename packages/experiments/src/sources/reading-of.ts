import type { LoadOptions } from '../tasks/load-parts.ts'
import type { PreparedSource } from './source.ts'

/** The way in which a source reads images and texts. */
export const readingOf = ({
  input: { image, tokens, encoding },
}: PreparedSource): Pick<LoadOptions, 'image' | 'tokens'> => ({
  image,
  tokens: tokens ?? (encoding?.kind === 'tokens' ? encoding : undefined),
})
