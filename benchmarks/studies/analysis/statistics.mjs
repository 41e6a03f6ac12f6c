/** The numbers of the study's page. */
import { development, mostLost, norms } from './plan.mjs'

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length

/** The cost of each norm of resistant training on the development draws: the mean change of accuracy, over strategies. */
export const costOf = (cells, epsilon) => {
  const own = cells.filter(({ part }) => part === 'development')
  const changes = development.draws.flatMap((draw) =>
    development.strategies.flatMap((strategy) => {
      const of = (norm) => own.find((cell) => cell.draw === draw && cell.strategy === strategy && cell.epsilon === norm)
      const [plain, resistant] = [of(0), of(epsilon)]
      return plain === undefined || resistant === undefined ? [] : [resistant.accuracy - plain.accuracy]
    }),
  )
  return changes.length === 0 ? NaN : mean(changes)
}

/** The largest norm that costs no more than it may on the development draws; else the smallest. */
export const chosenNorm = (cells) => norms.findLast((norm) => costOf(cells, norm) >= -mostLost) ?? norms[0]
