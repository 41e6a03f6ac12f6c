import type { ShowProgress } from '@ptu/experiments'
import { SingleBar } from 'cli-progress'

import { following } from './progress.ts'

/** A bar on a terminal. */
export const barProgress =
  (stream: NodeJS.WriteStream, now: () => number): ShowProgress =>
  (title) => {
    const left = following(now)
    const bar = new SingleBar({
      stream,
      format: `${title} {bar} {percentage}% {left}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
    })
    bar.start(1, 0, { left: '' })
    return {
      set: (done, total) => {
        bar.setTotal(total)
        bar.update(done, { left: left(done, total) })
      },
      stop: () => {
        bar.stop()
      },
    }
  }
