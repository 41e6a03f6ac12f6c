import type { LoadOptions } from '../tasks/load-parts.ts'
import type { PreparedSource } from './source.ts'

/** The way in which a source reads images, texts and tables: columns are brought by name to those that its network was trained on. */
export const readingOf = ({
  input: { image, tokens, encoding },
  table = encoding?.kind === 'table' ? encoding.columns : undefined,
}: PreparedSource): Pick<LoadOptions, 'image' | 'tokens' | 'table' | 'others'> => ({
  image,
  tokens: tokens ?? (encoding?.kind === 'tokens' ? encoding : undefined),
  ...(table && { table, others: 'warn' }),
})
