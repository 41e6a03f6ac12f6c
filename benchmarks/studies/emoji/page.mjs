/** The page of the study of emoji, from its stored cells. */
import { key } from '@ptu/core'
import { decision, labelOf, summarise } from '@ptu/experiments'

const percent = (part) => (100 * part).toFixed(1)
const points = (part) => `${part < 0 ? '-' : '+'}${percent(Math.abs(part))}`
const time = (seconds) => `${seconds.toFixed(0)} s`
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** The linear map of small images stands in the same table under a name of its own. */
const pixels = 'linear on 16×16 pixels'

/** The cells of each method, in the order of the draws. */
const methodsIn = (cells) => {
  const named = cells
    .filter(({ comparison, method }) => comparison === 'network' || method === 'share')
    .map((cell) => ({ ...cell, name: cell.comparison === 'network' ? labelOf(cell) : pixels }))
  const place = ({ name, role, comparison }) =>
    comparison === 'pixels' ? 3 : name === 'any*' ? 1 : role === 'baseline' ? 0 : 2
  const ordered = named.toSorted((a, b) => place(a) - place(b))
  return [...new Set(ordered.map(({ name }) => name))].map((name) => ({
    name,
    role: named.find((cell) => cell.name === name).role,
    cells: named.filter((cell) => cell.name === name).toSorted((a, b) => a.draw - b.draw),
  }))
}

/** The table on one set to test on: each method against `any*`, each tuned baseline and each recipe. */
const rowsOn = (cells, test, tested) => {
  const methods = methodsIn(cells)
  const results = methods.map(({ name, cells: own }) => ({
    name,
    accuracies: own.map((cell) => cell[test]),
    seconds: own.map(({ seconds }) => seconds),
  }))
  const references = methods
    .filter(({ name, role }) => name !== pixels && (role === 'baseline' || role === 'recipe'))
    .map(({ name }) => name)
    .toSorted((a, b) => Number(b === 'any*') - Number(a === 'any*'))
  return summarise(key(0), results, references, { resolution: 1 / tested })
}

const escaped = (name) => name.replace('*', '\\*')
const to = ({ differences }, name) => differences.find(({ reference }) => reference === name)
const rangeOf = ({ interval }) => (interval === null ? '' : `${points(interval.low)} to ${points(interval.high)}`)
const told = (difference) => `${points(difference.mean)} (${rangeOf(difference)})`

const mainRow = (row, other) => {
  const difference = to(row, 'any*')
  return [
    escaped(row.name),
    percent(row.mean),
    ...(difference
      ? [points(difference.mean), rangeOf(difference), `${difference.wins}/${row.draws}`, difference.p.toFixed(2)]
      : ['', '', '', '']),
    percent(other.mean),
    time(row.totalSeconds / row.draws),
  ]
}

/** The main table: what is tested on Twitter's drawings, with the other column beside it. */
export const mainTable = ({ cells, counts }) => {
  const [twitter, google] = [rowsOn(cells, 'twitter', counts.twitter), rowsOn(cells, 'google', counts.google)]
  const head = ['method', 'Twemoji %', 'to any\\*', '95 % interval', 'wins', 'p', 'Noto %', 'training of a draw']
  return table(
    head,
    twitter.map((row, i) => mainRow(row, google[i])),
  )
}

/** The unit and its control against every reference on one set to test on. */
const differencesTable = (rows) => {
  const shown = ['ptu', 'ptu-fixed'].map((name) => rows.find((row) => row.name === name))
  const names = shown[0].differences.map(({ reference }) => reference)
  return table(
    ['method', ...names.map((name) => `to ${escaped(name)}`)],
    shown.map((row) => [row.name, ...names.map((name) => told(to(row, name)))]),
  )
}

/** Words the conclusion that the interval and the p of a difference allow. */
export const reading = (difference) => {
  const { outcome, moreDraws } = decision(difference)
  if (outcome !== 'undecided') return `decided: ptu is ${outcome}`
  if (moreDraws === null) return 'not decided, and no number of draws can be named that would'
  return `not decided; about ${moreDraws} more draws would separate them, were this the true difference`
}

/** The judged difference on each set to test on. */
export const judgedOn = ({ cells, counts }) => {
  const on = (test, tested) =>
    to(
      rowsOn(cells, test, tested).find(({ name }) => name === 'ptu'),
      'any*',
    )
  return { twitter: on('twitter', counts.twitter), google: on('google', counts.google) }
}

/** Names the references that the unit is ahead of or behind on a set to test on, one by one. */
const apart = (rows) => {
  const { differences } = rows.find(({ name }) => name === 'ptu')
  const found = ['ahead', 'behind'].flatMap((outcome) => {
    const names = differences
      .filter((each) => decision(each).outcome === outcome)
      .map((each) => escaped(each.reference))
    return names.length === 0 ? [] : [`${outcome === 'ahead' ? 'ahead of' : 'behind'} ${names.join(', ')}`]
  })
  return found.length === 0 ? 'told apart from none' : found.join(' and ')
}

/** Lists the choices of `any*` in each draw. */
const chosenIn = (cells) => {
  const any = cells.filter(({ method }) => method === 'any')
  const words = ({ chosen, depth, rate }) => `${chosen}${depth === null ? '' : ` of ${depth}`} at ${rate}`
  const kinds = [...new Set(any.map(words))]
  return kinds.map((kind) => `${kind} (draw ${any.filter((cell) => words(cell) === kind).map(({ draw }) => draw).join(', ')})`).join('; ') // prettier-ignore
}

/** The page of results. */
export const page = (study) => {
  const { settings, pixels: linear, counts, majority, cells, machine, versions, commit } = study
  const { shots, seeds, steps, batch, rate, rates, cuts, frozen, input } = settings
  const learning = cuts.length - frozen
  const { twitter, google } = judgedOn(study)
  const secondsOf = (name) => mean(cells.filter(({ method }) => method === name).map(({ seconds }) => seconds))
  return `# MobileNetV2 to emoji

Measured by \`npm run study:emoji\` (commit ${commit}); the numbers of every cell are in
[benchmarks/results/emoji.json](../../benchmarks/results/emoji.json), and \`npm run study:emoji -- --page\` computes this page
from them.

**What was fixed before.** All settings are those that \`compare\` has for any network that is opened from a file: steps,
batches, a rate of ${rate} for methods that search nothing, ${rates.join(' and ')} for those that search, a head that starts at zero, no
rescaling, gates at 3 times and once the rate. Nothing was chosen on the images that are tested on. The rule is not wholly
independent of them: it comes from a study of another MobileNetV2 (torchvision's) on three tasks, one of which was to tell
Twemoji apart; that study learnt from Twemoji, this one learns from Noto. \`ptu\` was named beforehand as the method to judge,
Twemoji as the column that counts, and ${seeds.length} draws as their number. The study before this one had chosen the rate of \`ptu\` on test
images of another draw, and had three draws (0, 1 and 2), fewer methods and a schedule of its own; its numbers are replaced by these.

**Source.** The MobileNetV2 that the npm package nsfwjs 4.3.0 ships (MIT licence): trained on ImageNet, then on photographs
for content moderation, quantised to 8 bits. Brought to ${input.join('×')}, its batch normalisations folded into its convolutions, cut in
${cuts.length} blocks that end at ${cuts.map((cut) => `\`${cut}\``).join(', ')}. The first ${frozen} are shared by every method, and what they give
is computed once per image and kept on disk; methods differ on the last ${learning}. The head is the average of the map and a dense
layer.

**Task.** ${counts.classes.length} categories of emoji: ${counts.classes.join(', ')}. Labels are ${shots} a class, drawn from ${counts.train} emoji in Google's drawings
(Noto, Apache-2.0). Tested on the other ${counts.twitter} emoji, in Twitter's drawings (Twemoji, CC-BY 4.0), which is the column that
counts, and in Google's (${counts.google}). No emoji, nor one that differs by gender alone, is on both sides; skin tones are left out.
Always saying the most frequent category is right for ${percent(majority)} %.

${mainTable(study)}

Differences are in points. The unit and its control to every tuned baseline and every recipe that searches nothing, on Twemoji
(95 % intervals):

${differencesTable(rowsOn(cells, 'twitter', counts.twitter))}

The same on Noto:

${differencesTable(rowsOn(cells, 'google', counts.google))}

\`any*\` is the tuned baseline that validation on 20 % of the labels prefers, trained again on all labels: ${chosenIn(cells)}.
It costs all searches and the winner's refit, ${time(secondsOf('any'))} a draw, ${(secondsOf('any') / secondsOf('ptu')).toFixed(1)} times that of \`ptu\`. \`share-all\` trains the head alone, \`fine-tune-all\` the
last ${learning} blocks. All take ${steps} steps of batches of ${batch} with Adam, a cosine to 2 % and a moving average of .98. \`scratch\` starts
the last ${learning} blocks at random on top of the frozen ones: a whole MobileNetV2 is not trained from nothing here. The linear map of
pixels chooses its rate among ${linear.rates.join(', ')} in the same way.

**How far this goes.** \`ptu\` to \`any*\` on Twemoji is ${told(twitter)}: ${reading(twitter)}. On Noto, which was not named to be
judged, it is ${told(google)}: ${reading(google)}. To each reference by
itself, without a correction for their number, \`ptu\` is ${apart(rowsOn(cells, 'twitter', counts.twitter))} on Twemoji, and ${apart(rowsOn(cells, 'google', counts.google))} on Noto. These are ${seeds.length} draws of labels (seeds ${seeds.join(', ')}) of one source and one
task. \`ptu-fixed\`, whose gates are not learnt, is there to tell learnt gates from any gates.

**Departures** from the protocol of the other results: no rescaling (a pretrained network keeps its scale; ReLU6 would not pass
factors on); the best of a method in hindsight and more than one source network were not run. The models of the comparison were
judged on Noto once, after it had ended.

Measured on ${machine.cpu}, ${machine.cores} cores, Node ${versions.node}, tfjs ${versions.tfjs} on WASM, two trainings at a time
beside other work (load ${machine.load[0]} when it ended). What trains most ran first, when there was less of it, so the times of
methods that search nothing are too long beside those of searches.
`
}
