import { expect, it } from 'vitest'

import { gateText } from './gate-text.ts'

it('gates are a line each with their mean, range and a bar; a model without any has none', () => {
  expect(gateText([])).toEqual([])
  const [before, table = '', after, ...others] = gateText([
    { block: 'a', unit: 0, update: [0, 0.5, 0.25], fineTune: [1, 0.5] },
    { block: 'b', unit: 2, update: [1], fineTune: null },
  ])
  expect([before, after, others]).toEqual(['', '', []])
  expect(table.split('\n')).toEqual([
    'block  gate        mean  least   most  open',
    '─────  ─────────  ─────  ─────  ─────  ────────────────────',
    'a      update     0.250  0.000  0.500  █████░░░░░░░░░░░░░░░',
    'a      fine-tune  0.750  0.500  1.000  ███████████████░░░░░',
    'b.2    update     1.000  1.000  1.000  ████████████████████',
  ])
})
