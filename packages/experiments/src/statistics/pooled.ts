import { OptionError, type Key } from '@ptu/core'
import { mean } from './mean.ts'

import type { IntervalOptions } from './interval.ts'
import { differenceOf, type PairedDifference } from './paired-difference.ts'

/** The results of two methods in one cell of a comparison: a task, a draw of its labels, a number of labels. */
export interface PairedCell {
  readonly task: string
  readonly draw: number
  /** Labels per class; the sizes of one draw are nested. */
  readonly size: number
  readonly first: number
  readonly second: number
}

const groupBy = (
  cells: readonly PairedCell[],
  nameOf: (cell: PairedCell) => string | number,
): readonly (readonly PairedCell[])[] => {
  const groups = new Map<string | number, PairedCell[]>()
  for (const cell of cells) {
    const name = nameOf(cell)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [cell])
    else group.push(cell)
  }
  return [...groups.values()]
}

const sizesOf = (cells: readonly PairedCell[]): string =>
  cells
    .map(({ size }) => size)
    .sort((a, b) => a - b)
    .join(', ')

/** Throws if draws of one task differ in their sizes: the effect of a size would enter their means. */
const checkBalance = (draws: readonly (readonly PairedCell[])[]): void => {
  const wanted = sizesOf(draws[0] ?? [])
  const odd = draws.find((draw) => sizesOf(draw) !== wanted)
  if (odd !== undefined)
    throw new OptionError(
      `expected every draw of a task at the sizes ${wanted}; draw ${String(odd[0]?.draw)} of ${String(odd[0]?.task)} ` +
        `has ${sizesOf(odd)}; leave out sizes that some draws lack`,
    )
}

const meanDifference = (cells: readonly PairedCell[]): number => mean(cells.map(({ first, second }) => first - second))

/**
 * Compares the mean differences of groups. The resolution of a group's mean is one cell's step over its number of
 * cells.
 */
const compareGroups = (
  key: Key,
  groups: readonly (readonly PairedCell[])[],
  { resolution = 0, ...options }: IntervalOptions,
): PairedDifference => {
  const fewest = groups.reduce((least, { length }) => Math.min(least, length), Infinity)
  return differenceOf(key, groups.map(meanDifference), { ...options, resolution: resolution / fewest })
}

const checkFilled = (cells: readonly PairedCell[]): void => {
  if (cells.length === 0) throw new OptionError('expected at least one cell to compare, got none')
}

/**
 * Compares two methods over the sizes and draws of one task, by draw.
 *
 * The cells of one draw share their labels and are not independent. So each draw gives one number, its mean difference
 * over sizes; interval, wins and p are computed from these numbers. `count` is the number of draws, `resolution` that
 * of one cell.
 *
 * Throws `OptionError` without cells, on cells of several tasks, and if draws differ in their sizes.
 *
 * @example
 * ```ts
 * const cells = [0, 1, 2].flatMap((draw) => [5, 20].map((size) => ({ task: 'digits', draw, size, first: 0.8, second: 0.7 })))
 * expect(byDraw(key(0), cells).count).toBe(3)
 * expect(byDraw(key(0), cells).p).toBe(2 / 2 ** 3) // not 2 / 2 ** 6
 * ```
 */
export const byDraw = (key: Key, cells: readonly PairedCell[], options: IntervalOptions = {}): PairedDifference => {
  checkFilled(cells)
  const tasks = [...new Set(cells.map(({ task }) => task))]
  if (tasks.length > 1)
    throw new OptionError(`expected the cells of one task, got ${tasks.join(', ')}; compare several tasks with byTask`)
  const draws = groupBy(cells, ({ draw }) => draw)
  checkBalance(draws)
  return compareGroups(key, draws, options)
}

/**
 * Compares two methods over several tasks, by task.
 *
 * Draws of one task are not independent tasks: each task gives one number, its mean difference over draws and sizes;
 * interval, wins and p are computed from these numbers. `count` is the number of tasks.
 *
 * Throws `OptionError` without cells, and if draws of a task differ in their sizes.
 */
export const byTask = (key: Key, cells: readonly PairedCell[], options: IntervalOptions = {}): PairedDifference => {
  checkFilled(cells)
  const tasks = groupBy(cells, ({ task }) => task)
  for (const task of tasks) checkBalance(groupBy(task, ({ draw }) => draw))
  return compareGroups(key, tasks, options)
}
