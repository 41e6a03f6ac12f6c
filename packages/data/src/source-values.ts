import * as E from 'fp-ts/lib/Either.js'

/**
 * Class numbers as a list of numbers and ranges: `0-4`, `1,3,7-9`.
 *
 * No number may be above `most`, no class may come twice.
 */
export const parseClasses = (text: string, most: number): E.Either<string, readonly number[]> => {
  const classes: number[] = []
  for (const part of text.split(',')) {
    const range = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part)
    if (range === null) return E.left(`expected classes like 0-4 or 1,3,7-9, got '${text}'`)
    const from = Number(range[1])
    const to = Number(range[2] ?? range[1])
    if (to < from) return E.left(`expected the smaller class first, got ${part}`)
    if (to > most) return E.left(`expected classes up to ${String(most)}, got ${part}`)
    for (let label = from; label <= to; label++) classes.push(label)
  }
  const repeated = classes.find((label, i) => classes.indexOf(label) !== i)
  return repeated === undefined ? E.right(classes) : E.left(`class ${String(repeated)} comes twice in ${text}`)
}

/** A shape as positive numbers with an x between them: `28x28x1`. */
export const parseShape = (text: string): E.Either<string, readonly number[]> =>
  /^[1-9]\d{0,5}(x[1-9]\d{0,5})*$/.test(text)
    ? E.right(text.split('x').map(Number))
    : E.left(`expected a shape like 28x28x1, got '${text}'`)
