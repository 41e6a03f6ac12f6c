import type { Json } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { inspectTrained, isTrained } from './inspect-trained.ts'

const judgement = { count: 20, accuracy: 0.75, interval: { low: 0.53, high: 0.89 } }
const document = {
  ...{ schema: 'ptu-train/1', more: 1, source: { title: 'net from net.pth', digest: 'd' } },
  data: {
    ...{ path: 'rows.csv', kind: 'table', inputs: '3 columns' },
    classes: ['a', 'b'].map((name, i) => ({ name, train: 10 + i, test: 0 })),
  },
  shipped: { method: 'ptu', why: 'the recipe', steps: 60 },
  methods: [{ method: 'ptu', ...judgement }],
  ...{ notes: ['level'], test: { ...judgement, count: 6 } },
}
const textOf = (changes: Readonly<Record<string, Json>>): string => {
  const found = inspectTrained('train.json', { ...document, ...changes })
  return E.isRight(found) ? found.right.text : found.left.message
}

describe('what a training left', () => {
  it('is shown with its data, its methods and its test', () => {
    expect(textOf({}).split('\n')).toEqual([
      'trained on rows.csv: 21 rows of 2 classes',
      'inputs: 3 columns',
      'classes: a 10, b 11',
      'source net from net.pth',
      'shipped: ptu, 60 steps (the recipe)',
      '',
      'method  accuracy %  95 % interval  held out',
      '──────  ──────────  ─────────────  ────────',
      'ptu           75.0   53.0 to 89.0        20',
      '',
      'note: level',
      'test data, looked at once: 75.0 % of 6 (53.0 to 89.0)',
    ])
    const probe = textOf({
      ...{ shipped: { ...document.shipped, method: 'probe' }, test: null },
      data: { path: 'p', classes: document.data.classes },
    })
    expect(probe).toContain('shipped: probe (the recipe)')
    expect(probe).toContain('no test data; the accuracy is that of images that were held out')
    expect(probe).not.toContain('inputs')
  })

  it('is not trusted', () => {
    const head = 'train.json is not the result of ptu train:'
    for (const changes of [
      { data: 3 },
      { methods: [] },
      { test: { ...judgement, accuracy: 1.01 } },
      { test: { ...judgement, accuracy: -0.01 } },
      { test: { ...judgement, count: -1 } },
    ])
      expect(textOf(changes)).toContain(head)
    for (const accuracy of [0, 1]) expect(textOf({ test: { ...judgement, accuracy, count: 0 } })).not.toContain(head)
  })

  it('is told by its schema', () => {
    expect([
      isTrained(document),
      isTrained({ ...document, schema: 'x' }),
      isTrained([]),
      isTrained('ptu-train/1'),
    ]).toEqual([true, false, false, false])
  })
})
