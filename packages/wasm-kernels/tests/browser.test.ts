import { chromiumPath, hasChromium, reportFromPage } from '@ptu/testing'
import { describe, expect, it } from 'vitest'
import { respond } from './browser/server.ts'

interface Report {
  readonly mode?: string
  readonly warnings?: readonly string[]
  readonly isolated?: boolean
  readonly shared?: boolean
  readonly differences?: Readonly<Record<string, number>>
  readonly error?: string
}

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

describe.skipIf(!hasChromium)(`in Chromium (skipped where ${chromiumPath} is not installed)`, () => {
  it.each([
    { isolated: false, backend: 'plain' },
    { isolated: true, backend: 'threaded' },
  ])('the kernels agree with cpu on the $backend backend', async ({ isolated }) => {
    const report = await reportFromPage<Report>(respond, isolated ? isolation : {})
    expect(report.error).toBeUndefined()
    expect(report).toMatchObject({ isolated, shared: isolated, warnings: [] })
    expect(['simd', 'relaxed']).toContain(report.mode)
    expect(Object.keys(report.differences ?? {})).toHaveLength(10)
    for (const [name, value] of Object.entries(report.differences ?? {})) expect(value, name).toBeLessThan(2e-5)
  })
})
