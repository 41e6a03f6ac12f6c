import { spawn } from 'node:child_process'
import { accessSync, mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { servePage } from './browser/server.ts'

const CHROMIUM = '/usr/bin/chromium'

const isInstalled = (path: string): boolean => {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}

interface Report {
  readonly mode?: string
  readonly warnings?: readonly string[]
  readonly isolated?: boolean
  readonly shared?: boolean
  readonly differences?: Readonly<Record<string, number>>
  readonly error?: string
}

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
]

/** Opens the page in Chromium with a fresh profile and returns what it reports. */
const openPage = async (isolated: boolean): Promise<Report> => {
  const profile = mkdtempSync(join(tmpdir(), 'ptu-chromium-'))
  let resolve: (report: Report) => void = () => undefined
  const reported = new Promise<Report>((settle) => {
    resolve = settle
  })
  const server = await servePage(isolated, (report) => {
    resolve(report as Report)
  })
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/`
  const browser = spawn(CHROMIUM, [...flags, `--user-data-dir=${profile}`, url], { stdio: 'ignore', detached: true })
  const exited = new Promise((settle) => browser.once('exit', settle))
  try {
    return await reported
  } finally {
    // The whole group: renderers that outlive the browser go on writing to the profile.
    if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL')
    await exited
    server.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 30, retryDelay: 100 })
  }
}

describe.skipIf(!isInstalled(CHROMIUM))(`in Chromium (skipped where ${CHROMIUM} is not installed)`, () => {
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
