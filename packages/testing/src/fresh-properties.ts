import type { IAsyncProperty, IProperty, Parameters } from 'fast-check'
import { vi } from 'vitest'

type Assert = <A>(property: IAsyncProperty<A> | IProperty<A>, parameters?: Parameters<A>) => Promise<void> | undefined

// Properties are tried on new inputs, twenty times as many, whatever seed and number a test names for every day.
vi.mock('fast-check', async (importOriginal) => {
  const original = await importOriginal<typeof import('fast-check')>()
  const { freshRuns } = await import('./fresh-runs.ts')
  const seed = Number(process.env['PTU_SEED'])
  const assert: Assert = (property, parameters) =>
    (original.assert as Assert)(property, { ...parameters, ...freshRuns(seed, parameters?.numRuns) })
  return { ...original, assert, default: { ...original.default, assert } }
})
