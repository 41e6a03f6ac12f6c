import { groupsOf } from './folds-of.ts'
import type { LabelledData } from './labelled-data.ts'

/**
 * The reason why examples cannot teach how to tell classes apart: one class, or examples that are all equal. Undefined where
 * there is none.
 *
 * @example
 * ```ts
 * const train: Dataset = { shape: [1], features: Float32Array.of(1, 2), labels: Int32Array.of(0, 0), classes: ['cat'] }
 * const counts = [{ name: 'cat', train: 2, test: 0 }]
 * expect(examplesProblem({ train, counts }, 'images')).toContain('expected images of two classes or more, got one: "cat"')
 * ```
 */
export const examplesProblem = (
  { train, counts }: Pick<LabelledData, 'train' | 'counts'>,
  many: string,
): string | undefined => {
  const equal = new Set(groupsOf(train)).size === 1
  const alike = equal ? `expected ${many} that differ, got ${train.labels.length} equal ones` : undefined
  if (train.targets !== undefined) return alike
  const [first, second] = counts.filter((count) => count.train > 0)
  if (first !== undefined && second === undefined)
    return (
      `expected ${many} of two classes or more, got one: ${JSON.stringify(first.name)}; ` +
      (many === 'images'
        ? 'where the classes are the folders in it, name that folder'
        : 'is --label the column of classes?')
    )
  if (counts.filter((count) => count.train > 1).length < 2)
    return `expected two classes or more with two ${many} each, got ${train.labels.length} ${many} of ${counts.length} classes`
  return alike
}

/** The most different numbers that may well be names of classes. */
const fewNumbers = 10

/**
 * Warns of classes whose names are many different numbers, but not the numbers from 0 or 1 on: measurements, each of which
 * is learnt as a class of its own.
 *
 * @example
 * ```ts
 * const prices = Array.from({ length: 12 }, (_, i) => `${99 + 10 * i}.5`)
 * expect(measuredClasses(prices)[0]).toContain('the classes are 12 different numbers')
 * expect(measuredClasses(Array.from({ length: 12 }, (_, i) => String(i)))).toEqual([])
 * ```
 */
export const measuredClasses = (classes: readonly string[]): readonly string[] => {
  const numbers = classes.map((name) => (name.trim() === '' ? NaN : Number(name))).toSorted((a, b) => a - b)
  const [least = NaN] = numbers
  const areCounted = (least === 0 || least === 1) && numbers.every((x, i) => x === least + i)
  if (numbers.length < fewNumbers || areCounted || !numbers.every((x) => Number.isFinite(x))) return []
  return [
    `the classes are ${numbers.length} different numbers, from ${least} to ${numbers.at(-1)}, and each is learnt as a class ` +
      'of its own that is not near any other; where they are measurements, predict them with --regress',
  ]
}

/**
 * Warns of classes whose names differ only in case, in spaces or in how their letters are encoded: they are learnt as
 * several classes, which is seldom meant.
 *
 * @example
 * ```ts
 * expect(likeNames(['cat', 'Cat', 'dog'])[0]).toContain('"cat", "Cat"')
 * ```
 */
export const likeNames = (classes: readonly string[]): readonly string[] => {
  const alike = new Map<string, string[]>()
  for (const name of classes) {
    const plain = name.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim()
    alike.set(plain, [...(alike.get(plain) ?? []), name])
  }
  const groups = [...alike.values()].filter(({ length }) => length > 1)
  if (groups.length === 0) return []
  const shown = groups.slice(0, 5).map((names) => names.map((name) => JSON.stringify(name)).join(', '))
  return [
    `classes whose names differ only in case, spaces or encoding are different classes: ${shown.join('; ')}` +
      `${groups.length > shown.length ? '; …' : ''}; rename them where they are one`,
  ]
}
