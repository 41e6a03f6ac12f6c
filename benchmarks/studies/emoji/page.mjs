/** The page and the table of the study of emoji, from its results. */
const percent = (x) => (100 * x).toFixed(1)
const points = (x) => `${x < 0 ? '-' : '+'}${Math.abs(100 * x).toFixed(1)}`
const time = (seconds) => `${seconds.toFixed(0)} s`

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const labels = { pixels: 'linear on 16×16 pixels, no source' }
const nameOf = (name) => (labels[name] ?? name).replace('*', '\\*')

const rowOf = (row, other, seeds) => [
  nameOf(row.name),
  percent(row.mean),
  ...(row.difference
    ? [
        points(row.difference.mean),
        `${points(row.difference.interval.low)} to ${points(row.difference.interval.high)}`,
        `${row.difference.wins}/${seeds}`,
      ]
    : ['', '', '']),
  percent(other.mean),
  time(row.totalSeconds / seeds),
]

/** The page of results. */
export const page = ({ settings, counts, majority, rows, chosen, machine, memory, commit, seconds }) => {
  const { shots, seeds, steps, batchSize, rates, ptuRate, cuts, frozen, input } = settings
  const head = [
    'strategy',
    'Twemoji %',
    'to any\\* (points)',
    '95 % interval',
    'wins',
    'Noto %',
    'training of a draw, search included',
  ]
  const [{ difference: onTwemoji }, { difference: onNoto }] = [rows.twitter, rows.google].map((set) =>
    set.find(({ name }) => name === 'ptu'),
  )
  const verdict = onTwemoji.mean * onNoto.mean < 0 ? ': the two columns do not agree on which is better' : ''
  const body = rows.twitter.map((row, i) => rowOf(row, rows.google[i], seeds.length))
  return `# MobileNetV2 to emoji

Written by \`npm run study:emoji\` (commit ${commit}); the numbers of every cell are in
[benchmarks/results/emoji.json](../../benchmarks/results/emoji.json).

**Source.** The MobileNetV2 that the npm package nsfwjs 4.3.0 ships (MIT licence): trained on ImageNet, then on photographs
for content moderation, quantised to 8 bits. Brought to ${input.join('×')}, its batch normalisations folded into its
convolutions, cut in ${cuts.length} blocks that end at ${cuts.map((cut) => `\`${cut}\``).join(', ')}. The first ${frozen} are shared by every
strategy, and what they give is computed once per image and kept on disk; strategies differ on the last ${cuts.length - frozen}. The head is
the average of the map and a dense layer.

**Task.** ${counts.classes.length} categories of emoji: ${counts.classes.join(', ')}. Labels are ${shots} a class, drawn from ${counts.train} emoji in Google's drawings
(Noto, Apache-2.0). Tested on the other ${counts.test} emoji, in Twitter's drawings (Twemoji, CC-BY 4.0), which is the column that
counts, and in Google's. No emoji, nor one that differs by gender alone, is on both sides; skin tones are left out.
Always saying the most frequent category is right for ${percent(majority)} %.

${table(head, body)}

\`any*\` is what validation chose on 20 % of the labels among all trials of scratch, share and fine-tune at rates ${rates.join(' and ')},
trained again on all labels: ${chosen.map(({ seed, any }) => `seed ${seed} ${any.replace('*', '\\*')}`).join('; ')}. \`ptu\` and \`ptu-fixed\` choose nothing and train once. All take
${steps} steps of batches of ${batchSize} with Adam, a cosine to 2 % and a moving average of .98. \`scratch\` starts the last ${cuts.length - frozen} blocks at random
on top of the frozen ones: a whole MobileNetV2 is not trained from nothing here.

**How far this goes.** ${seeds.length} draws of labels (seeds ${seeds.join(', ')}) of one source and one task are too few for a claim: an interval over
${seeds.length} draws is too narrow, and \`ptu-fixed\`, whose gates are not learnt, is there to tell learnt gates from any gates. On
Noto \`ptu\` is ${points(onNoto.mean)} points to \`any*\` (${points(onNoto.interval.low)} to ${points(onNoto.interval.high)}, wins ${onNoto.wins}/${seeds.length})${verdict}. Departures
from the protocol of the other results: no rescaling (ReLU6 does not pass factors on); \`ptu\` and \`ptu-fixed\` train at ${ptuRate} in
place of 4e-3, since on seed 100, which is no seed of a result, ptu reached 23.4 % on Twemoji at 4e-3 and 36.2 % at 1e-3
(normalisations not folded); fine-tuning the first block under a scratch block, the best of a strategy in hindsight and more
than one source network were not run.

Measured on ${machine.cpu}, ${machine.cores} cores, Node ${machine.node.slice(1)}, which had other work to do (load ${machine.loadBefore} when it
began, ${machine.load[0]} when it ended): ${time(seconds.encode)} for images and frozen blocks, ${(seconds.total / 60).toFixed(1)} min in all, of which this study used ${(seconds.cpu / 60).toFixed(1)} min of processor time and at most ${memory.peakMiB} MiB.
`
}
