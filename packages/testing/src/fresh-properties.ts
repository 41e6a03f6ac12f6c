import type { IAsyncProperty, IProperty, Parameters } from 'fast-check'
import { vi } from 'vitest'

type Assert = <A>(property: IAsyncProperty<A> | IProperty<A>, parameters?: Parameters<A>) => Promise<void> | undefined

const isAsync = <A>(property: IAsyncProperty<A> | IProperty<A>): property is IAsyncProperty<A> => property.isAsync()

// Properties are tried on new inputs, twenty times as many, whatever seed and number a test names for every day.
vi.mock('fast-check', async (importOriginal) => {
  const original = await importOriginal<typeof import('fast-check')>()
  const { freshRuns, untilSettled } = await import('./fresh-runs.ts')
  const seed = Number(process.env['PTU_SEED'])
  const assert: Assert = (property, parameters) => {
    const fresh = { ...parameters, ...freshRuns(seed, parameters?.numRuns) }
    return isAsync(property)
      ? untilSettled(property, (watched) => original.assert(watched, fresh))
      : (original.assert as Assert)(property, fresh)
  }
  return { ...original, assert, default: { ...original.default, assert } }
})
