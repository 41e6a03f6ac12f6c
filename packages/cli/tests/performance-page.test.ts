import { readFile } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url)

describe('docs/performance.md', () => {
  it('has the stored figures in its tables; else run node benchmarks/performance-page.mjs', async () => {
    const { withTables } = (await import(new URL('benchmarks/performance-page.mjs', root).href)) as {
      readonly withTables: (text: string) => string
    }
    const page = await readFile(new URL('docs/performance.md', root), 'utf8')
    expect(page.match(/<!-- Begin /g)).toHaveLength(4)
    expect(page).toBe(withTables(page))
  })
})
