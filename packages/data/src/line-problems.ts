import { problemList } from './errors.ts'

/** Problems with the lines they are in, that are shown in the order of lines. */
export interface LineProblems {
  /** Notes a problem; line 0 is for a problem of no line. Of many, the first ten are kept. */
  readonly add: (line: number, problem: string) => void
  readonly count: () => number
  /** The first ten, those in `more` among them, and the number of others; `uncounted` is added to that number. */
  readonly text: (more?: readonly LineProblem[], uncounted?: number) => string
}

/** A line and what is wrong in it. */
export interface LineProblem {
  readonly line: number
  readonly problem: string
}

export const lineProblems = (): LineProblems => {
  const kept: LineProblem[] = []
  let count = 0
  return {
    add: (line, problem) => {
      count++
      if (kept.length < 10) kept.push({ line, problem })
    },
    count: () => count,
    text: (more = [], uncounted = 0) => {
      const list = problemList()
      for (const { problem } of [...more, ...kept].sort((a, b) => a.line - b.line)) list.add(problem)
      return list.text(uncounted + count - kept.length)
    },
  }
}
