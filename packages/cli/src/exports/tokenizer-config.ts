import type { Json } from '@ptu/core'
import type { ModelFacts } from '@ptu/experiments'

import { tokenOf } from '../token-of.ts'

/** The encoding of texts by a tokenizer. */
export type TokensEncoding = Extract<ModelFacts['encoding'], { readonly kind: 'tokens' }>

/** The content of a `tokenizer_config.json`. */
export const tokenizerConfig = ({ tokenizer, steps, padding }: TokensEncoding): Json => ({
  tokenizer_class: 'PreTrainedTokenizerFast',
  model_max_length: steps,
  padding_side: 'right',
  ...named('pad_token', tokenOf(tokenizer, padding)),
})

const named = (name: string, content: string | undefined): Readonly<Record<string, Json>> =>
  content === undefined ? {} : { [name]: content }
