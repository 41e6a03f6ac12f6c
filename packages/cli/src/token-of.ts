import { isRecord, type Json } from '@ptu/core'

/** The token of an id in a `tokenizer.json`: an added one, or one of the vocabulary; undefined where there is none. */
export const tokenOf = (tokenizer: Json, id: number): string | undefined => {
  if (!isRecord(tokenizer)) return undefined
  const added: readonly unknown[] = Array.isArray(tokenizer['added_tokens']) ? tokenizer['added_tokens'] : []
  const found = added.find((token) => isRecord(token) && token['id'] === id)
  if (isRecord(found) && typeof found['content'] === 'string') return found['content']
  const model = isRecord(tokenizer['model']) ? tokenizer['model'] : {}
  const vocabulary = isRecord(model['vocab']) ? model['vocab'] : {}
  return Object.keys(vocabulary).find((token) => vocabulary[token] === id)
}
