import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { hasChromium } from './chromium.ts'
import { reportFromPage } from './page-server.ts'

const page = `<script>fetch('/', { method: 'POST', body: JSON.stringify({ text: document.title, isolated: crossOriginIsolated }) })</script><title>`

describe.skipIf(!hasChromium)('a page in a browser', () => {
  const usual = process.env['TMPDIR']
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ptu-testing-'))
    process.env['TMPDIR'] = folder
  })
  afterAll(() => {
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
    rmSync(folder, { recursive: true })
  })

  it('reports what it posts, and leaves no profile behind', async () => {
    const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    const respond = (path: string) => Promise.resolve(path === '/' ? (['text/html', page] as const) : undefined)
    expect(await reportFromPage(respond, headers)).toEqual({ text: '', isolated: true })
    expect(readdirSync(folder).filter((name) => name.startsWith('ptu-'))).toEqual([])
  })
})
