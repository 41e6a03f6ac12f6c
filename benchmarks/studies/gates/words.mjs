/** The names and the numbers of the study's pages. */

export const percent = (part, digits = 1) => (100 * part).toFixed(digits)

/** A difference in percentage points, with a sign. */
export const points = (part) => {
  const text = percent(Math.abs(part))
  return text === '0.0' ? '0.0' : `${part < 0 ? '−' : '+'}${text}`
}

export const withInterval = ({ mean, interval }) =>
  interval === null ? points(mean) : `${points(mean)} [${points(interval.low)}, ${points(interval.high)}]`

export const probability = (p) => (p < 0.001 ? '< .001' : p.toFixed(3).replace(/^0/, ''))

export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** Methods as users know them. */
export const titles = {
  'share-all': '`share-all` (u = 0)',
  'u-50': '`ptu` at a fixed u = .5',
  'u-75': '`ptu` at a fixed u = .75',
  'fine-tune-all': '`fine-tune-all` (u = 1)',
  random: '`scratch`, once (f = 0)',
  ptu: '`ptu` (learnt gates)',
  'ptu-evidence': '`ptu-evidence`',
  always: 'its best hypothesis, always',
  likelihood: 'the rule by the marginal likelihood',
  probe: 'linear probe',
  'lp-ft': '`lp-ft`',
  any: 'any\\*',
  'fine-tune': 'fine-tune\\*',
  hindsight: 'best constant in hindsight',
}
