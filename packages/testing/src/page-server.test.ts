import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'

import { serve, type Respond } from './page-server.ts'

const served = async (respond: Respond, use: (address: string) => Promise<void>): Promise<readonly unknown[]> => {
  const reports: unknown[] = []
  const server = await serve(respond, { 'X-Kind': 'test' }, (report) => reports.push(report))
  const { port, address } = server.address() as AddressInfo
  expect(address).toBe('127.0.0.1')
  await use(`http://127.0.0.1:${port}`)
  server.closeAllConnections()
  server.close()
  return reports
}

it('serves what is at a path, with its type and the headers, and says what is not there', async () => {
  const reports = await served(
    (path) => Promise.resolve(path === '/a?b' ? (['text/html', '<p>'] as const) : undefined),
    async (address) => {
      const found = await fetch(`${address}/a?b`)
      expect([found.status, await found.text()]).toEqual([200, '<p>'])
      expect([found.headers.get('Content-Type'), found.headers.get('X-Kind')]).toEqual(['text/html', 'test'])
      const missing = await fetch(`${address}/c`)
      expect([missing.status, await missing.text()]).toEqual([404, 'not found'])
    },
  )
  expect(reports).toEqual([])
})

it('hands over what a page posts, however long', async () => {
  const sent = { text: 'ö'.repeat(200_000) }
  const asked: string[] = []
  const reports = await served(
    (path) => {
      asked.push(path)
      return Promise.resolve(undefined)
    },
    async (address) => {
      const answer = await fetch(address, { method: 'POST', body: JSON.stringify(sent) })
      expect([answer.status, await answer.text()]).toEqual([200, 'ok'])
    },
  )
  expect(reports).toEqual([sent])
  expect(asked).toEqual([])
})

it('reports an error of serving, and ends the connection', async () => {
  const reports = await served(
    () => Promise.reject(new Error('no such page')),
    async (address) => {
      await expect(fetch(address)).rejects.toThrow('fetch failed')
    },
  )
  expect(reports).toEqual([{ error: 'Error: no such page' }])
})
