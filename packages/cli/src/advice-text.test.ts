import type { Advice } from '@ptu/experiments'
import { describe, expect, it } from 'vitest'

import { goldenPath } from '../tests/golden-page.ts'
import { adviceText } from './advice-text.ts'

const option = (method: string, loss: number, advantage: number, seconds: number): Advice['options'][number] => ({
  ...{ method, loss, standardError: 0.05, advantage, trainable: 10, seconds },
})
const hypothesis = (name: string, loss: number, score: number): Advice['hypotheses'][number] => ({
  ...{ name, weight: 0.5, loss, standardError: 0.1, score, advantage: score },
})
const blocks = (count: number): Advice['blocks'] =>
  Array.from({ length: count }, (_, i) => ({ block: `b${i}`, state: 'adapted', update: 1, fineTune: 1 }))

const advice: Advice = {
  ...{ schema: 'ptu-advice/1', versions: { ptu: '0.1.0', tfjs: '4', node: '20' }, backend: 'cpu' },
  source: {
    ...{ name: 'net', title: 'net from net.pth', digest: 'd', data: null, accuracy: 0.9, chance: null },
    ...{ blocks: ['a'], parameters: 10, rescaled: false, rescaleProblem: null, seconds: 0 },
    ...{ testLabels: null, warning: 'near chance' },
  },
  data: {
    kind: 'classify',
    target: 'photos',
    shots: 5,
    seed: 3,
    classes: ['a', 'b'],
    labelled: 40,
    used: 30,
    known: 4,
  },
  ...{ judge: 'kernel', margin: 10, outcome: 'departs', advantage: 12, blocks: blocks(9) },
  ...{ advice: 'keep the first block', reason: 'the evidence says so', method: 'share-1' },
  hypotheses: [hypothesis('all kept', 0.7, 1), hypothesis('one kept', 0.5, 3), hypothesis('none kept', 0.9, 2)],
  options: [option('share-1', 0.5, 12.34, 0.0042), option('fine-tune-all', 0.8, -0.04, 0.01)],
  ...{ parameters: 1234, bytes: 4936, seconds: 61 },
}

describe('the text of an advice', () => {
  it('is the one that was read', async () => {
    await expect(`${adviceText(advice)}\n`).toMatchFileSnapshot(goldenPath('advice-text'))
  })

  it('says less where there is less to say', () => {
    const text = adviceText({
      ...{ ...advice, outcome: 'undecided', blocks: blocks(8) },
      source: { ...advice.source, accuracy: null, warning: null },
      data: { ...advice.data, shots: null, used: 40, known: 0 },
      options: [option('fine-tune-all', 0.5, 0, 1)],
    })
    expect(text.split('\n')[0]).toBe('40 labelled examples of 2 classes in photos; no test data')
    expect(text).toContain('not decisive, the usual recipe: keep the first block')
    expect(text).toContain('source net from net.pth; blocks 1 b0, 2 b1, 3 b2, 4 b3, 5 b4, 6 b5, 7 b6, 8 b7\n')
    expect(text).toContain('expected loss of "one kept": 0.50 ± 0.10\n')
    expect(text).not.toContain('warning')
    expect(text).toContain('+0.0')
  })

  it('warns of examples that the source was trained on', () => {
    expect(adviceText({ ...advice, data: { ...advice.data, known: 30 } })).toContain(
      'warning: the source was trained on these very examples, so',
    )
    expect(adviceText(advice)).toContain('warning: the source was trained on 4 of these 30 examples, so')
  })
})
