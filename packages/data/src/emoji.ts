import { key as rootKey, messageOf, OptionError, type Key } from '@ptu/core'
import { readFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { Dataset } from './dataset.ts'
import { chooseEmoji, type EmojiChoice } from './emoji-list.ts'
import { DataError, quoted } from './errors.ts'
import type { ImageFolder } from './image-folder.ts'
import { readListed, type ImageOptions } from './images.ts'

/** The emoji to read, their vendor, and the way they become examples. */
export interface EmojiOptions extends ImageOptions {
  /** The folder of the npm package `emoji-datasource-google` or `emoji-datasource-twitter`. */
  readonly folder: string
  /** The vendor of the drawings: Google's Noto (Apache-2.0) or Twitter's Twemoji (CC-BY 4.0). */
  readonly vendor: 'google' | 'twitter'
  /** The emoji to train on or those to test on, the same for both vendors; all unless given. */
  readonly part?: 'train' | 'test'
  /** The classes: nine categories (unless given) or some hundred subcategories. */
  readonly level?: 'category' | 'subcategory'
  /** The classes to keep, in this order; all unless given. */
  readonly classes?: readonly string[]
  /** Decides which emoji are tested on; `key(0)` unless given. */
  readonly key?: Key
  /** The part of the emoji that is tested on; 0.3 unless given. */
  readonly testFraction?: number
}

/** Lists beyond this are refused; that of version 16 has 1.2 MB. */
const listLimit = 2 ** 24

/**
 * Emoji as colour images, by what they show: a task with two domains, since vendors draw the same emoji differently.
 *
 * Every emoji counts once: variants of skin tone, which are the same drawing in another colour, are left out. So are
 * the category Component and emoji without a drawing by the vendor. A hash of its code points under `key` decides
 * whether an emoji is for training or for testing, the same for every vendor; emoji that differ by gender alone stay
 * together. Transparent parts are laid on white. Left if the list or an image is damaged, missing or leads out of the
 * folder, or if a class has no emoji. Throws `OptionError` for a `testFraction` outside (0, 1).
 *
 * @example
 * ```ts
 * const folder = 'node_modules/emoji-datasource-twitter' // npm install emoji-datasource-twitter
 * const twemoji = await emoji({ folder, vendor: 'twitter', part: 'test', size: [96, 96] })()
 * ```
 */
export const emoji = ({ folder, size, channels, ...choice }: EmojiOptions): TaskEither<DataError, Dataset> => {
  const { testFraction = 0.3, key = rootKey(0), level = 'category', classes, part, vendor } = choice
  if (!(testFraction > 0 && testFraction < 1))
    throw new OptionError(`emoji: expected a testFraction above 0 and below 1, got ${testFraction}`)
  return readListed(
    `the emoji of ${folder}`,
    () => listEmoji(folder, { vendor, level, classes, part, key, testFraction }),
    { ...(size && { size }), ...(channels && { channels }) },
  )
}

const listEmoji = async (folder: string, choice: EmojiChoice): Promise<ImageFolder> => {
  const { realpath } = await import('node:fs/promises')
  const paths = await import('node:path')
  const root = await realpath(folder)
  const { classes, files } = chooseEmoji(await jsonOf(paths.join(root, 'emoji.json')), choice)
  const images = paths.join(root, 'img', choice.vendor, '64')
  const found = files.map(async ({ path: name, label }) => {
    const path = await realpath(paths.join(images, name))
    if (!path.startsWith(root + paths.sep)) throw new DataError(`${quoted(name)} is a link that leaves the folder`)
    return { path, label }
  })
  return { classes, files: await Promise.all(found) }
}

const jsonOf = async (path: string): Promise<unknown> => {
  const bytes = await readFile(path, listLimit)()
  if (E.isLeft(bytes)) throw bytes.left
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.right))
  } catch (cause) {
    throw new DataError(`emoji.json is no JSON: ${messageOf(cause)}`)
  }
}
