import { getEnvironmentData } from 'node:worker_threads'
import { expect, it } from 'vitest'

import { openThread } from './open-thread.ts'

it('gives all threads one memory by which backends take turns', async () => {
  const [first, second] = [openThread(), openThread()]
  for (const thread of [first, second]) thread.on('error', () => undefined)
  const memory = getEnvironmentData('ptu: one at a time') as unknown
  await Promise.all([first.terminate(), second.terminate()])
  expect(memory).toBeInstanceOf(SharedArrayBuffer)
})
