import { messageOf } from '@ptu/core'

import { openCodecs } from './image-codecs.ts'
import { checkRule, pixelsBy, type ImageRule } from './image-rule.ts'
import type { Unreadable } from './photo-folder.ts'
import { imageBytes } from './photo-set.ts'

/** The pixels of an image file: `[height, width, channels]` bytes. */
export interface ImagePixels {
  readonly path: string
  readonly pixels: Uint8Array
}

/**
 * Reads image files one by one, holding one image in memory: the pixels of each by a rule, or the reason why it cannot
 * be read.
 *
 * Throws `OptionError` for a rule that cannot be followed.
 *
 * @example
 * ```ts
 * const rule: ImageRule = { size: [32, 32], channels: 3, fit: 'squash' }
 * for await (const image of eachImage(['none.jpg'], rule))
 *   expect('why' in image && image.why).toBe('cannot read none.jpg: it does not exist; check the path')
 * ```
 */
export const eachImage = (
  paths: Iterable<string> | AsyncIterable<string>,
  rule: ImageRule,
): AsyncIterable<ImagePixels | Unreadable> => {
  checkRule(rule)
  return imagesOf(paths, rule)
}

const imagesOf = async function* (
  paths: Iterable<string> | AsyncIterable<string>,
  rule: ImageRule,
): AsyncGenerator<ImagePixels | Unreadable> {
  const codecs = await openCodecs(false)
  for await (const path of paths) {
    try {
      yield { path, pixels: await pixelsBy(await imageBytes(path), rule, codecs) }
    } catch (cause) {
      yield { path, why: messageOf(cause) }
    }
  }
}
