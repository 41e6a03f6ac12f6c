import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { openSandbox, type Sandbox } from './sandbox.ts'

const bert = fileURLToPath(new URL('../../formats/fixtures/hugging-face/bert', import.meta.url))

export const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'a', 'fine', 'dull', 'film', 'book', 'and', 'very', 'so']

/** A tokenizer of whole words, as the library `tokenizers` writes it. */
export const tokenizer = (tokens: readonly string[]): string =>
  JSON.stringify({
    added_tokens: [0, 1, 2, 3].map((id) => ({ id, content: words[id], special: true, normalized: false })),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  })

const reviews = Array.from({ length: 24 }, (_, i) => {
  const [noun, end] = [i % 4 < 2 ? 'film' : 'book', ['', ' so', ' very very'][Math.floor(i / 8)] ?? '']
  return i % 2 === 0 ? `a fine ${noun} and so${end},good` : `a dull ${noun} and very${end},bad`
})

/** A sandbox with a small BERT in `encoder`, whose tokenizer knows twelve words, and 24 reviews in `reviews.csv`. */
export const openEncoderBox = async (): Promise<Sandbox> => {
  const box = await openSandbox()
  await cp(bert, join(box.folder, 'encoder'), { recursive: true })
  await writeFile(join(box.folder, 'encoder/tokenizer.json'), tokenizer(words))
  await writeFile(join(box.folder, 'reviews.csv'), `${['body,stars', ...reviews].join('\n')}\n`)
  return box
}
