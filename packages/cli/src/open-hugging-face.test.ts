import { thisMachine } from '@ptu/experiments/node'
import * as E from 'fp-ts/lib/Either.js'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

import { openModelAt } from './open-model.ts'

const fixtures = fileURLToPath(new URL('../../formats/fixtures/hugging-face', import.meta.url))

describe('a Hugging Face folder of pictures as a source', () => {
  it('takes pixels of 0 to 255 by the mean and deviation that its preprocessor_config.json gives for 0 to 1', async () => {
    const opened = await openModelAt(fixtures, thisMachine())('vit', {})()
    if (E.isLeft(opened)) throw opened.left
    const { mean, deviation } = opened.right.network.input.normalisation
    expect(mean).toEqual([0.5, 0.4, 0.3].map((part) => 255 * part))
    expect(deviation).toEqual([0.2, 0.3, 0.4].map((part) => 255 * part))
    expect(opened.right.warnings).toEqual([])
  })
})
