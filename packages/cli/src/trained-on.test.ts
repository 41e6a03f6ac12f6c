import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { encodeTrainedOn, trainedOn, trainedOnFile } from './trained-on.ts'

describe('the examples of a training', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptu-trained-on-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const found = async (text: string): ReturnType<ReturnType<typeof trainedOn>> => {
    await writeFile(join(folder, trainedOnFile), text)
    return trainedOn(folder)()
  }

  it('are read as they were written, and are none where no file says so', async () => {
    expect(await trainedOn(folder)()).toEqual(E.right(new Set()))
    expect(await trainedOn(join(folder, 'missing'))()).toEqual(E.right(new Set()))
    expect(await found(encodeTrainedOn(['a', 'b']))).toEqual(E.right(new Set(['a', 'b'])))
  })

  it.each([
    ['no JSON', 'x', 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['of another kind', '{}', 'expected ptu-trained-on/1'],
    ['of a later version', '{"schema":"ptu-trained-on/2","examples":[]}', 'got "ptu-trained-on/2"'],
    ['without a list', '{"schema":"ptu-trained-on/1","examples":3}', 'expected a list, got 3'],
  ])('in a file that is %s: what is wrong, where, and the way on', async (_, text, problem) => {
    const broken = await found(text)
    const message = E.isLeft(broken) ? broken.left.message : ''
    expect(message).toContain(join(folder, trainedOnFile))
    expect(message).toContain(problem)
    expect(message.split('\n').at(-1)).toContain('delete the file')
  })
})
