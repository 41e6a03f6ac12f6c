import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The path at which Debian installs Chromium; tests in a browser are skipped if it is not there. */
export const chromiumPath = '/usr/bin/chromium'

/** True if tests in a browser can run here. */
export const hasChromium: boolean = existsSync(chromiumPath)

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
]

/** Opens a page in Chromium with a fresh profile, and closes it when the awaited report has come. */
export const inChromium = async <A>(url: string, report: Promise<A>): Promise<A> => {
  const profile = mkdtempSync(join(tmpdir(), 'ptu-chromium-'))
  const browser = spawn(chromiumPath, [...flags, `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
    detached: true,
  })
  const exited = new Promise((settle) => browser.once('exit', settle))
  try {
    return await report
  } finally {
    // The whole group: renderers that outlive the browser go on writing to the profile.
    if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL')
    await exited
    rmSync(profile, { recursive: true, force: true, maxRetries: 30, retryDelay: 100 })
  }
}
