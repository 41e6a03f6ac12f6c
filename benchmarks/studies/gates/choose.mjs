/** The table of the guide: what to take for a source and a number of labels. */
import { groups } from './plan.mjs'
import { difference, meanOf, parted, withEvidence } from './statistics.mjs'
import { percent, table, titles, withInterval } from './words.mjs'

/** The methods that may be taken, from the cheapest to the dearest. */
const offered = ['probe', 'share-all', 'random', 'fine-tune-all', 'lp-ft', 'u-75', 'ptu', 'ptu-evidence']

const words = {
  ordinary: 'trained here, for other classes',
  related: 'trained here, for the same classes',
  hostile: 'trained here, damaged or on labels that say nothing',
  pretrained: 'a pretrained network of ImageNet',
}

const isLevel = (cells, method, best) => {
  if (method === best) return false
  const { interval } = difference(cells, best, method)
  return interval === null || interval.low <= 0
}

const rowOf = (group, shots, cells) => {
  const best = offered.reduce((a, b) => (meanOf(cells, b) > meanOf(cells, a) ? b : a))
  const level = offered.filter((method) => isLevel(cells, method, best))
  return [
    words[group],
    shots,
    `${titles[best]}, ${percent(meanOf(cells, best))} %`,
    best === 'u-75' ? '' : withInterval(difference(cells, best, 'u-75')),
    best === 'ptu-evidence' ? '' : withInterval(difference(cells, best, 'ptu-evidence')),
    level.map((method) => titles[method]).join(', ') || 'none',
  ]
}

/** The table, over the fresh seeds. */
export const chooseTable = (stored) => {
  const cells = withEvidence(parted(stored).confirmed)
  const rows = Object.keys(groups).flatMap((group) => {
    const own = cells.filter((cell) => cell.group === group)
    const sizes = [...new Set(own.map(({ shots }) => shots))].toSorted((a, b) => a - b)
    return sizes.map((shots) => rowOf(group, shots, own.filter((cell) => cell.shots === shots))) // prettier-ignore
  })
  const head = ['your source', 'labels per class', 'most accurate', 'to a fixed u = .75', 'to `ptu-evidence`', 'not told apart from it'] // prettier-ignore
  return table(head, rows)
}
