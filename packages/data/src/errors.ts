/** Data from outside cannot be used as asked: it is missing, malformed, or too small for the task. */
export class DataError extends Error {
  override readonly name = 'DataError'
}

/** `1 example`, `2 examples`. */
export const plural = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`

/** Problems of an input, all counted and the first ten kept, so that a hostile file cannot fill the memory with them. */
export interface Problems {
  readonly add: (problem: string) => void
  readonly count: () => number
  /** The first ten, one a line, and how many more there are; `others` were counted elsewhere. */
  readonly text: (others?: number) => string
}

export const problemList = (): Problems => {
  const shown: string[] = []
  let count = 0
  return {
    add: (problem) => {
      count++
      if (count <= 10) shown.push(`\n  ${problem}`)
    },
    count: () => count,
    text: (others = 0) => {
      const more = count - shown.length + others
      return shown.join('') + (more > 0 ? `\n  and ${String(more)} more` : '')
    },
  }
}

/** A text from outside, made fit to be shown: quoted, control characters escaped, at most 60 characters. */
export const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
