import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { messageIn } from '../../tests/small-network.ts'
import { openObjects } from './open-objects.ts'

describe('the objects that machines share', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptu-open-objects-'))
    await writeFile(join(folder, 'file'), 'x')
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each(['.', 'not-there-yet'])('are those of a folder, from where the command runs: %s', async (store) => {
    const opened = await openObjects(folder, store)()
    expect(E.isRight(opened) && (await opened.right.find('a')())).toEqual(E.right(undefined))
  })

  it('are none of a file', async () => {
    expect(messageIn(await openObjects(folder, 'file')())).toBe(
      `--store: expected a folder or s3://BUCKET/PREFIX, ${join(folder, 'file')} is a file`,
    )
  })
})
