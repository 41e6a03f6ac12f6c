import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { describe, expect, it } from 'vitest'

/** The packages that a file imports before anything runs, itself and by files of this package; types do not count. */
const loadedBy = (file: string, seen: Set<string> = new Set()): ReadonlySet<string> => {
  if (seen.has(file)) return seen
  seen.add(file)
  if (!existsSync(file)) return seen
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )(?:[^'"]*? from )?['"]([^'"]+)['"]/gm,
  )
  for (const [, name = ''] of imports) loadedBy(name.startsWith('.') ? join(dirname(file), name) : name, seen)
  return seen
}

describe('the start of the command', () => {
  it.each(['run.ts', 'commands/compare.ts', 'commands/train.ts'])(
    '%s loads no package that few commands need',
    (name) => {
      const loaded = loadedBy(join(import.meta.dirname, name))
      expect(loaded).toContain('@ptu/experiments')
      for (const heavy of [
        '@ptu/experiments/queue',
        '@ptu/analysis',
        '@ptu/formats',
        '@ptu/formats/node',
        '@ptu/tfjs-layers',
        '@tensorflow/tfjs',
        'd3-scale',
      ])
        expect(loaded, heavy).not.toContain(heavy)
    },
  )

  it('loads the bar of a terminal only for one', () => {
    const loaded = loadedBy(join(import.meta.dirname, 'main.ts'))
    expect(loaded).toContain('@ptu/experiments/early')
    expect(loaded).not.toContain('cli-progress')
  })
})
