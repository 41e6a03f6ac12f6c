import { number, nullable, struct, type Decoder } from '@ptu/config'
import type { Judged, TrialMemory } from '@ptu/trainer'

import { shelfIn, type RunRecord, type Store } from './store.ts'

/** The judgement of a trial in JSON, which has no infinity. */
interface KeptJudgement {
  /** The accuracy, or the score in its place. */
  readonly accuracy: number
  /** Null for a run that diverged. */
  readonly loss: number | null
  readonly seconds: number
}

const decoder: Decoder<KeptJudgement> = struct({
  accuracy: number({ max: 1 }),
  loss: nullable(number()),
  seconds: number({ min: 0 }),
})

/** The clock is looked at after every step; this many seconds pass from one save of a training to the next. */
export const pace = { every: 1, seconds: 0.25 }

/** A memory of the trials of one job, kept in a store; `warn` is called if a file cannot be used. */
export const trialMemory = (
  store: Store,
  record: RunRecord,
  job: string,
  warn: (text: string) => void,
): TrialMemory => {
  const shelf = shelfIn(store, 'trials', record, decoder)
  const place = (label: string): string => `${job}-${label.replaceAll(/[^a-z0-9.]+/gi, '-')}`
  return {
    find: async (label) => {
      const found = await shelf.find(place(label))
      return found && { ...found, loss: found.loss ?? Infinity }
    },
    keep: async (label, { accuracy, loss, seconds: took }: Judged) => {
      const kept = { accuracy, loss: Number.isFinite(loss) ? loss : null, seconds: took }
      await shelf.keep(place(label), kept)() // a trial that is not kept is tried again
    },
    checkpoint: (label, phase) => {
      const path = store.checkpoint(job)
      if (path === undefined) return undefined
      return {
        path,
        ...pace,
        resume: true,
        settings: { trial: label, phase, record: JSON.stringify(record) },
        onUnusable: ({ name, message }) => {
          if (name === 'CorruptFileError') warn(`${message}; the training begins anew`)
        },
      }
    },
  }
}
