// Simulates how often intervals and prediction sets hold what they should, and writes docs/results/uncertainty.md.
// Usage: node packages/analysis/scripts/coverage.mjs   (after npm run build; about two minutes)
import { writeFile } from 'node:fs/promises'

import {
  atTemperature,
  calibrationInterval,
  crossConformal,
  cumulative,
  equalMass,
  equalWidth,
  expectedCalibrationError,
  labelsFrom,
  leastAmbiguous,
  softmaxOf,
  splitConformal,
} from '@ptu/analysis'
import { foldIn, key, normals } from '@ptu/core'
import { format } from 'prettier'

const classes = 5
const draws = 10_000

/** Labels drawn from the softmax of normal logits; `member` numbers classifiers that see them with noise of their own. */
const world = (seed, count, { member, temperature = 1 } = {}) => {
  const truth = normals(key(seed), count * classes).map((z) => 2 * z)
  const { probabilities } = softmaxOf({ logits: truth, labels: new Int32Array(count), classes })
  const labels = labelsFrom(foldIn(key(seed), 1), probabilities, classes)
  const noise = member === undefined ? undefined : normals(foldIn(key(seed), 2 + member), truth.length)
  const logits = noise === undefined ? truth : truth.map((z, i) => z + noise[i])
  return softmaxOf(atTemperature({ logits, labels, classes }, temperature))
}

/** The part of draws that hold, with its 95 % interval by the normal distribution, in per cent. */
const shown = (held, count) => {
  const p = held / count
  const half = 1.96 * Math.sqrt((p * (1 - p)) / count)
  return `${(100 * p).toFixed(2)} ± ${(100 * half).toFixed(2)}`
}

const conformalRows = []
for (const coverage of [0.8, 0.9, 0.95])
  for (const [name, score] of [
    ['least ambiguous', leastAmbiguous],
    ['cumulative', cumulative],
  ]) {
    let [split, cross, sizes] = [0, 0, 0]
    for (let draw = 0; draw < draws; draw++) {
      const fresh = [0, 1, 2].map((member) => world(2 * draw + 1, 1, { member, temperature: 0.5 }))
      const held = [0, 1, 2].map((member) => world(7_000_000 + 3 * draw + member, 33, { member, temperature: 0.5 }))
      const all = world(90_000_000 + draw, 99, { member: 0, temperature: 0.5 })
      const label = fresh[0].labels[0]
      const [set] = splitConformal(all, fresh[0].probabilities, { coverage, score })
      const [crossed] = crossConformal(
        held.map((one, member) => ({ held: one, probabilities: fresh[member].probabilities })),
        { coverage, score },
      )
      split += set.includes(label)
      cross += crossed.includes(label)
      sizes += set.length
    }
    conformalRows.push([100 * coverage, name, shown(split, draws), shown(cross, draws), (sizes / draws).toFixed(2)])
  }

const intervalRows = []
const sets = 1000
for (const [name, binning] of [
  ['15 of one width', equalWidth(15)],
  ['15 of equal mass', equalMass(15)],
])
  for (const temperature of [1, 0.7, 0.4])
    for (const count of [100, 400]) {
      const truth = temperature === 1 ? 0 : expectedCalibrationError(world(1, 300_000, { temperature }), { binning })
      let [held, width] = [0, 0]
      for (let draw = 0; draw < sets; draw++) {
        const { low, high } = calibrationInterval(key(draw), world(500 + draw, count, { temperature }), {
          binning,
          resamples: 400,
        })
        held += low <= truth && truth <= high
        width += high - low
      }
      intervalRows.push([name, count, (100 * truth).toFixed(1), shown(held, sets), ((100 * width) / sets).toFixed(1)])
    }

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const page = `# How often intervals and prediction sets hold

Made by \`node packages/analysis/scripts/coverage.mjs\`; every number below is simulated, in per cent, ± its 95 % interval.
Labels of ${classes} classes are drawn from the softmax of normal logits of deviation 2. The classifier sees these logits with normal
noise of its own and divides them by .5, so that it is too sure.

## Conformal prediction sets

${draws.toLocaleString('en')} draws, each with 99 labelled examples and one new one. Split: one classifier. Cross: three folds of 33, each with a
classifier of its own. Size: classes in a set of split conformal prediction.

${table(['stated', 'score', 'split holds', 'cross holds', 'size'], conformalRows)}

## Interval of the expected calibration error

${sets.toLocaleString('en')} sets of examples without noise in the logits, divided by 1 (right), .7 or .4. The true error is that of 300,000 examples, 0 where
probabilities are right.

${table(['ranges', 'examples', 'true error', '95 % interval holds it', 'mean width'], intervalRows)}
`
await writeFile(
  new URL('../../../docs/results/uncertainty.md', import.meta.url),
  await format(page, { parser: 'markdown', printWidth: 120 }),
)
