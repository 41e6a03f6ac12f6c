/** Writes what is read: the page of the study, the tables of the guide and of the front page, the table of a quick run. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { writeAtomically } from '@ptu/experiments/node'
import { format, resolveConfig } from 'prettier'

import { right } from '../../mobilenet-source.mjs'
import { chooseTable } from './choose.mjs'
import { frontPart, page } from './page.mjs'
import { chosen } from './plan.mjs'
import { leaveOneOut, withEvidence } from './statistics.mjs'

const [begin, end] = ['<!-- Begin: written by `npm run study:gates`; do not edit. -->', '<!-- End -->']

const write = async (path, text) => {
  const formatted = await format(text, { filepath: path, ...(await resolveConfig(path)) })
  right(await writeAtomically(path, new TextEncoder().encode(formatted))())
}

/** A text with what is between its marks replaced. */
export const between = (text, part) => {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`expected the marks ${begin} and ${end}, in this order; put them back`)
  return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`
}

export const writePages = async (root, cells) => {
  await write(join(root, 'docs/results/gates.md'), page(cells))
  const guide = join(root, 'docs/how-to-choose-a-strategy.md')
  await write(guide, between(readFileSync(guide, 'utf8'), chooseTable(cells)))
  const front = join(root, 'README.md')
  await write(front, between(readFileSync(front, 'utf8'), frontPart(cells)))
}

/** The accuracies of a few cells, for the terminal. */
export const quickTable = (cells) =>
  withEvidence(cells)
    .map((cell) => {
      const { pair, shots, accuracy } = cell
      const parts = Object.entries(accuracy).map(([name, value]) => `${name} ${(100 * value).toFixed(1)}`)
      return `${pair}, ${shots} shots; \`ptu-evidence\` takes ${leaveOneOut(cell, chosen.leaveOneOut)}: ${parts.join(', ')}`
    })
    .join('\n')
