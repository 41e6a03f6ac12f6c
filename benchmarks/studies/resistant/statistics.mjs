/** The numbers of the study's page. */
import { mostLost, strategies } from './plan.mjs'

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Resistant minus plain training of a strategy, draw by draw: accuracy as it is, and under each attack. */
export const changesOf = (cells, strategy, way) => {
  const of = (wanted) => cells.filter((cell) => cell.strategy === strategy && cell.way === wanted)
  const pairs = of(way).flatMap((own) => {
    const plain = of('plain').find(({ draw }) => draw === own.draw)
    return plain === undefined ? [] : [{ own, plain }]
  })
  return {
    pairs,
    clean: pairs.map(({ own, plain }) => own.accuracy - plain.accuracy),
    gains: (attack) => pairs.map(({ own, plain }) => own.attacked[attack].accuracy - plain.attacked[attack].accuracy),
  }
}

/** Each way on the development draws of a source: the mean change of accuracy as it is, and the mean accuracy under attack. */
export const developed = (cells, source) => {
  const own = cells.filter((cell) => cell.part === 'development' && cell.source === source.name)
  return Object.keys(source.ways).map((way) => {
    const mine = own.filter((cell) => cell.way === way)
    return {
      ...{ way, isWhole: mine.length === source.draws.development.length * strategies.length },
      clean: mean(strategies.flatMap((strategy) => changesOf(own, strategy, way).clean)),
      attacked: mean(mine.map(({ attacked }) => attacked[0].accuracy)),
    }
  })
}

/**
 * The way that is chosen for a source: the most accurate under the first attack on the development draws among those that
 * lose no more than they may there, of all if none of them does; undefined as long as cells are missing.
 */
export const chosenWay = (cells, source) => {
  const found = developed(cells, source)
  if (!found.every(({ isWhole }) => isWhole)) return undefined
  const fit = found.filter(isFit)
  const [first, ...rest] = fit.length > 0 ? fit : found.filter(({ way }) => way !== 'plain')
  return rest.reduce((a, b) => (b.attacked > a.attacked ? b : a), first).way
}

/** A way that loses no more on the development draws than it may, and is not the plain one. */
export const isFit = ({ way, clean }) => way !== 'plain' && clean >= -mostLost
