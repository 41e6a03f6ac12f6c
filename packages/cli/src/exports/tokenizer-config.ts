import { isRecord, type Json } from '@ptu/core'
import type { ModelFacts } from '@ptu/experiments'

/** The encoding of texts by a tokenizer. */
export type TokensEncoding = Extract<ModelFacts['encoding'], { readonly kind: 'tokens' }>

/** The content of a `tokenizer_config.json`. */
export const tokenizerConfig = ({ tokenizer, steps, padding }: TokensEncoding): Json => ({
  tokenizer_class: 'PreTrainedTokenizerFast',
  model_max_length: steps,
  padding_side: 'right',
  ...named('pad_token', contentOf(tokenizer, padding)),
})

const named = (name: string, content: string | undefined): Readonly<Record<string, Json>> =>
  content === undefined ? {} : { [name]: content }

/** The token of an id: an added one, or one of the vocabulary. */
const contentOf = (tokenizer: Json, id: number): string | undefined => {
  if (!isRecord(tokenizer)) return undefined
  const added: readonly unknown[] = Array.isArray(tokenizer['added_tokens']) ? tokenizer['added_tokens'] : []
  const found = added.find((token) => isRecord(token) && token['id'] === id)
  if (isRecord(found) && typeof found['content'] === 'string') return found['content']
  const model = isRecord(tokenizer['model']) ? tokenizer['model'] : {}
  const vocabulary = isRecord(model['vocab']) ? model['vocab'] : {}
  return Object.keys(vocabulary).find((token) => vocabulary[token] === id)
}
