/** The statistics of the study, from its cells. */
import { key } from '@ptu/core'
import { holm, percentileInterval, signFlipP } from '@ptu/experiments'

import { chosen, constants, development, fresh, pairs } from './plan.mjs'

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const groupOf = new Map(pairs.map(({ name, group }) => [name, group]))

/** The cells with the parts of each as one; searches alone are left out. */
const whole = (stored) =>
  stored
    .filter(({ part }) => part === 'recipes')
    .map((cell) => {
      const same = stored.filter(
        ({ pair, shots, seed }) => pair === cell.pair && shots === cell.shots && seed === cell.seed,
      )
      return { ...cell, accuracy: Object.assign({}, ...same.map(({ accuracy }) => accuracy)) }
    })

/** The cells of the plan, apart by their seeds. */
export const parted = (stored) => {
  const cells = whole(stored)
  return {
    developed: cells.filter(({ seed }) => development.includes(seed)),
    confirmed: cells.filter(({ seed }) => fresh.includes(seed)),
  }
}

/** Tells whether the marginal likelihood departs from the recipe in a cell at a margin. */
export const acts = ({ evidence: { advantage } }, margin) => advantage >= margin

/**
 * The constant that the sums of leave-one-out losses name, with a nat against each random block: everything frozen, or
 * everything random, where that leads over the recipe by a margin in nats of all examples; else the recipe.
 */
export const leaveOneOut = ({ evidence: { hypotheses, examples } }, margin) => {
  const lossOf = (name) => hypotheses.find(({ hypothesis }) => hypothesis === name).loss
  const usual = hypotheses.at(-1)
  const blocks = Number(usual.hypothesis.split(' ').at(-1))
  const leads = [
    { method: 'share-all', lead: examples * (usual.loss - lossOf('frozen')) },
    { method: 'random', lead: examples * (usual.loss - lossOf('random above 0')) - blocks },
  ]
  const best = leads.reduce((one, other) => (other.lead > one.lead ? other : one))
  return best.lead > 0 && best.lead >= margin ? best.method : 'u-75'
}

/**
 * The cells with what is not run but read from other runs: `ptu-evidence`, which is the constant that leave-one-out losses
 * name, and the rule by the marginal likelihood, which is the best hypothesis or the recipe.
 */
export const withEvidence = (cells, margins = chosen) =>
  cells.map((cell) => {
    const { accuracy } = cell
    const likelihood = acts(cell, margins.likelihood) ? accuracy.always : accuracy['u-75']
    const derived = { 'ptu-evidence': accuracy[leaveOneOut(cell, margins.leaveOneOut)], likelihood }
    return { ...cell, group: groupOf.get(cell.pair), accuracy: { ...accuracy, ...derived } }
  })

/** The accuracy of the best constant of a cell, known after the fact. */
export const hindsight = ({ accuracy }) => Math.max(...Object.keys(constants).map((name) => accuracy[name]))

const accuracyOf = (cell, method) => (method === 'hindsight' ? hindsight(cell) : cell.accuracy[method])

const meansBy = (values, nameOf) => {
  const names = [...new Set(values.map(nameOf))]
  return names.map((name) => mean(values.filter((value) => nameOf(value) === name).map(({ by }) => by)))
}

/**
 * One method against another over the cells that have both: the mean over pairs × shots, its bootstrap interval over them,
 * the sign-flip p over pairs, and the cells that are won. Undefined without cells.
 */
export const difference = (cells, first, second) => {
  const compared = cells
    .filter((cell) => accuracyOf(cell, first) !== undefined && accuracyOf(cell, second) !== undefined)
    .map((cell) => ({ ...cell, by: accuracyOf(cell, first) - accuracyOf(cell, second) }))
  if (compared.length === 0) return undefined
  const combinations = meansBy(compared, ({ pair, shots }) => `${pair}-${shots}`)
  const overPairs = meansBy(compared, ({ pair }) => pair)
  const wins = compared.reduce((sum, { by }) => sum + (by > 0 ? 1 : by === 0 ? 0.5 : 0), 0)
  return {
    mean: mean(combinations),
    interval: percentileInterval(key(0), combinations),
    p: signFlipP(key(1), overPairs),
    ...{ wins, cells: compared.length, combinations: combinations.length, pairs: overPairs.length },
  }
}

/** The differences to all references over the same cells, their p corrected together; references without cells are left out. */
export const corrected = (cells, method, references) => {
  const found = references
    .map((reference) => ({ reference, ...difference(cells, method, reference) }))
    .filter(({ cells: count }) => count !== undefined)
  const adjusted = holm(found.map(({ p }) => p))
  return found.map((each, i) => ({ ...each, holm: adjusted[i] }))
}

/** The mean accuracy over pairs × shots. */
export const meanOf = (cells, method) => {
  const some = cells
    .filter((cell) => accuracyOf(cell, method) !== undefined)
    .map((cell) => ({ ...cell, by: accuracyOf(cell, method) }))
  return some.length === 0 ? undefined : mean(meansBy(some, ({ pair, shots }) => `${pair}-${shots}`))
}

/** Half a point of accuracy, less than what the test examples resolve. */
const close = 0.005 + 1e-9

/** The part of cells in which a method is at most half a point behind the best constant in hindsight. */
export const truthful = (cells, method) =>
  mean(cells.map((cell) => (hindsight(cell) - accuracyOf(cell, method) <= close ? 1 : 0)))
