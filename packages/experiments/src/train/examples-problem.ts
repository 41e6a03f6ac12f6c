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
  const [first, second] = counts.filter((count) => count.train > 0)
  if (first !== undefined && second === undefined)
    return (
      `expected ${many} of two classes or more, got one: ${JSON.stringify(first.name)}; where the classes are ` +
      'the folders in it, name that folder'
    )
  if (counts.filter((count) => count.train > 1).length < 2)
    return `expected two classes or more with two ${many} each, got ${train.labels.length} ${many} of ${counts.length} classes`
  return new Set(groupsOf(train)).size === 1
    ? `expected ${many} that differ, got ${train.labels.length} equal ones`
    : undefined
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
