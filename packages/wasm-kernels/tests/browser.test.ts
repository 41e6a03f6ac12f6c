import type { AddressInfo } from 'node:net'
import { chromiumPath, hasChromium, inChromium } from '@ptu/testing'
import { describe, expect, it } from 'vitest'
import { servePage } from './browser/server.ts'

interface Report {
  readonly mode?: string
  readonly warnings?: readonly string[]
  readonly isolated?: boolean
  readonly shared?: boolean
  readonly differences?: Readonly<Record<string, number>>
  readonly error?: string
}

/** What the page reports of itself. */
const openPage = async (isolated: boolean): Promise<Report> => {
  let resolve: (report: Report) => void = () => undefined
  const reported = new Promise<Report>((settle) => {
    resolve = settle
  })
  const server = await servePage(isolated, (report) => {
    resolve(report as Report)
  })
  const { port } = server.address() as AddressInfo
  try {
    return await inChromium(`http://127.0.0.1:${port}/`, reported)
  } finally {
    server.close()
  }
}

describe.skipIf(!hasChromium)(`in Chromium (skipped where ${chromiumPath} is not installed)`, () => {
  it.each([
    { isolated: false, backend: 'plain' },
    { isolated: true, backend: 'threaded' },
  ])('the kernels agree with cpu on the $backend backend', async ({ isolated }) => {
    const report = await openPage(isolated)
    expect(report.error).toBeUndefined()
    expect(report).toMatchObject({ isolated, shared: isolated, warnings: [] })
    expect(['simd', 'relaxed']).toContain(report.mode)
    expect(Object.keys(report.differences ?? {})).toHaveLength(10)
    for (const [name, value] of Object.entries(report.differences ?? {})) expect(value, name).toBeLessThan(2e-5)
  })
})
