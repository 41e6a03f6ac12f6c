/** The rows of the study of emoji from its cells: what a search costs, and differences over draws of labels. */
import { key } from '@ptu/core'
import { summarise } from '@ptu/experiments'

const sum = (trials) => trials.reduce((total, { seconds }) => total + seconds, 0)

/** The tuned baselines that `any*` chooses among. */
export const tuned = ['scratch*', 'share*', 'fine-tune*']

/**
 * The results of a draw with the cost of `any*` by the rule of every comparison: all searches and the winner's refit.
 * The choice of validation is named by its method and trial.
 */
export const withCost = (results) => {
  const searched = results.filter(({ name }) => tuned.includes(name))
  const found = results.find(({ name }) => name === 'any*')
  const winner = searched.find(({ name }) => found.chosen.startsWith(`${name}: `))
  const refit = winner.seconds - sum(winner.trials)
  const seconds = refit + sum(searched.flatMap(({ trials }) => trials))
  return results.map((each) => (each === found ? { ...each, seconds } : each))
}

/** A row per method on one set to test on, with its differences to `any*`, to each tuned baseline and to the pixels. */
export const rowsOn = (cells, test, tested) =>
  summarise(
    key(0),
    cells[0].results.map(({ name }, i) => ({
      name,
      accuracies: cells.map(({ results }) => results[i].accuracies[test]),
      seconds: cells.map(({ results }) => results[i].seconds),
    })),
    ['any*', ...tuned],
    { resolution: 1 / tested },
  )
