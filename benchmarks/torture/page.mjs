/** The page of a run of the torture, from what it stored. */
const cell = (text) => text.replaceAll('\n', ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;')

export const table = (head, rows) => {
  const cells = [head, ...rows].map((row) => row.map(cell))
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => [...row[i]].length)))
  const line = (row) => `| ${row.map((text, i) => text + ' '.repeat(widths[i] - [...text].length)).join(' | ')} |`
  return [
    line(cells[0]),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...cells.slice(1).map(line),
  ].join('\n')
}

export const pageOf = ({ machine, cases }) => {
  const count = (outcome) => cases.filter((each) => each.outcome === outcome).length
  return [
    '# What the command stands',
    '<!-- Written by `npm run torture`; do not edit. -->',
    'Every case is one thing that a machine or a person does to the command. It holds where the command ends in time, with the right exit code and a message that says what to do, without a stack trace, a raw control character or a half-written file, with one document under `--json`, and, after kills, with the numbers of a run that was left alone. Kills and mutations are drawn from pinned seeds.',
    `${count('held')} held, ${count('skipped')} skipped, ${count('failed')} failed, on ${machine}.`,
    table(
      ['case', 'what was done', 'outcome', 'detail'],
      cases.map(({ name, what, outcome, detail }) => [name, what, outcome, detail]),
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}
