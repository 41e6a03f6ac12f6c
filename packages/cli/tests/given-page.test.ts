import { readFile } from 'node:fs/promises'

import { chromiumPath, hasChromium } from '@ptu/testing'
import { describe, expect, it } from 'vitest'

import { readingProblems } from './readable-page.ts'

/** The page to check: `.ci/photos.mjs` names the explanation of a model that it trained on real photos. */
const path = process.env['PTU_PAGE']

describe.skipIf(path === undefined || !hasChromium)(
  `the page that PTU_PAGE names (skipped without it, and without ${chromiumPath})`,
  () => {
    it.each([390, 1000])('can be read by everyone at %i pixels in Chromium', async (width) => {
      expect(await readingProblems(await readFile(path ?? '', 'utf8'), width)).toEqual([])
    })
  },
)
