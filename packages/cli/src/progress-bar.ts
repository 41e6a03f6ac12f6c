import type { ShowProgress } from '@ptu/experiments'
import { SingleBar } from 'cli-progress'

import { following } from './progress.ts'

/** Writes a text. */
type Write = (text: string) => void

/** Bars on a terminal that carries other texts too. */
export interface TerminalBars {
  readonly progress: ShowProgress
  /** Takes the bars away before a text is written to their terminal; they are back at their next step. */
  readonly above: (write: Write) => Write
}

/** Opens bars on a terminal. */
export const terminalBars = (stream: NodeJS.WriteStream, now: () => number): TerminalBars => {
  const shown = new Set<SingleBar>()
  const line = { isFree: true }
  const hide = (bar: SingleBar): void => {
    if (shown.delete(bar)) bar.stop()
  }
  return {
    progress: (title) => {
      const left = following(now)
      const bar = barOf(stream, title)
      const show = (done: number, total: number, rest: string): void => {
        if (!line.isFree) return
        shown.add(bar)
        bar.start(total, done, { left: rest })
      }
      show(0, 1, '')
      return {
        set: (done, total) => {
          const rest = left(done, total)
          if (!shown.has(bar)) {
            show(done, total, rest)
            return
          }
          bar.setTotal(total)
          bar.update(done, { left: rest })
        },
        stop: () => {
          hide(bar)
        },
      }
    },
    above: (write) => (text) => {
      for (const bar of shown) hide(bar)
      line.isFree = text.endsWith('\n') || (text === '' && line.isFree)
      write(text)
    },
  }
}

const barOf = (stream: NodeJS.WriteStream, title: string): SingleBar =>
  new SingleBar({
    stream,
    format: `${title} {bar} {percentage}% {left}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
  })
