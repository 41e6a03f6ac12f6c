import { describe, expect, it } from 'vitest'

import { statisticsWords } from './state-dicts.ts'

describe('the words about batch normalisations', () => {
  it('are said only of tensors of one', () => {
    expect(statisticsWords(['conv1.weight', 'bn1.running_mean']).join(' ')).toContain(
      'their statistics are placeholders',
    )
    expect(statisticsWords(['bert.embeddings.word_embeddings.weight', 'classifier.bias'])).toEqual([])
  })
})
