import { foldIn, isRecord, type Key, uniforms } from '@ptu/core'

import { DataError, problemList, quoted } from './errors.ts'
import type { ImageFile, ImageFolder } from './image-folder.ts'

/** The fields of an emoji's entry that are read. */
interface Emoji {
  /** Its code points, `1F3C3-200D-2642-FE0F`. */
  readonly unified: string
  /** The name of its image. */
  readonly image: string
  readonly category: string
  readonly subcategory: string
  readonly hasImage: boolean
}

/** The emoji to list, and the level of their classes. */
export interface EmojiChoice {
  readonly vendor: 'google' | 'twitter'
  readonly level: 'category' | 'subcategory'
  /** The classes to keep, in this order; unless given, all except the parts that emoji are made of. */
  readonly classes: readonly string[] | undefined
  readonly part: 'train' | 'test' | undefined
  readonly key: Key
  readonly testFraction: number
}

/** Skin tones and hair alone: no emoji, but what others are made of. */
const ingredients = 'Component'

/** Lists beyond this are refused; there are some 1,900 emoji. */
const entryLimit = 10_000

const codePoints = /^[0-9A-F]{2,6}(-[0-9A-F]{2,6}){0,15}$/
const imageName = /^[0-9a-f]{2,6}(-[0-9a-f]{2,6}){0,15}\.png$/

const isText = (x: unknown): x is string => typeof x === 'string' && x.length > 0 && x.length <= 60

const emojiOf = (entry: unknown, vendor: string): Emoji | undefined => {
  if (!isRecord(entry)) return undefined
  const { unified, image, category, subcategory } = entry
  const isNamed = isText(unified) && codePoints.test(unified) && isText(image) && imageName.test(image)
  if (!isNamed || !isText(category) || !isText(subcategory)) return undefined
  return { unified, image, category, subcategory, hasImage: entry[`has_img_${vendor}`] === true }
}

const emojisIn = (json: unknown, vendor: string): readonly Emoji[] => {
  if (!Array.isArray(json)) throw new DataError('emoji.json: expected a list of emoji')
  if (json.length > entryLimit)
    throw new DataError(`emoji.json: expected at most ${entryLimit} emoji, got ${json.length}`)
  const problems = problemList()
  const found = json.flatMap((entry: unknown, i) => {
    const emoji = emojiOf(entry, vendor)
    if (emoji === undefined)
      problems.add(
        `entry ${i} (${quoted(JSON.stringify(entry))}) has no code points, file name, category or subcategory`,
      )
    return emoji ?? []
  })
  if (problems.count() > 0) throw new DataError(`emoji.json has entries that are no emoji:${problems.text()}`)
  return found
}

/** Person, man, woman, the signs of gender, joiner and variation selector. */
const gendered: ReadonlySet<string> = new Set(['1F9D1', '1F468', '1F469', '2640', '2642', '200D', 'FE0F'])

/** The code points of an emoji without those that only tell its gender: a runner, a man and a woman running are one glyph. */
const glyphOf = (unified: string): string => {
  const rest = unified.split('-').filter((point) => !gendered.has(point))
  return rest.length > 0 ? rest.join('-') : 'person'
}

/** FNV-1a of 32 bits. */
const hash = (text: string): number => {
  let sum = 0x811c9dc5
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193)
  return sum >>> 0
}

const isIn = ({ part, key, testFraction }: EmojiChoice, { unified }: Emoji): boolean => {
  if (part === undefined) return true
  const [draw = 0] = uniforms(foldIn(key, hash(glyphOf(unified))), 1)
  return draw < testFraction === (part === 'test')
}

/** The images of a list of emoji that are asked for, in the order of the list. Throws {@link DataError}. */
export const chooseEmoji = (json: unknown, choice: EmojiChoice): ImageFolder => {
  const { vendor, level, part } = choice
  const all = emojisIn(json, vendor).filter(({ category, hasImage }) => category !== ingredients && hasImage)
  const classes = choice.classes ?? [...new Set(all.map((emoji) => emoji[level]))].toSorted()
  const places = new Map(classes.map((name, label) => [name, label]))
  const files = all.flatMap((emoji): readonly ImageFile[] => {
    const label = places.get(emoji[level])
    return label === undefined || !isIn(choice, emoji) ? [] : [{ path: emoji.image, label }]
  })
  const empty = classes.filter((_, label) => !files.some((file) => file.label === label))
  if (classes.length === 0 || empty.length > 0)
    throw new DataError(
      `emoji.json has no image of ${vendor} for ${empty.map((name) => quoted(name)).join(', ') || 'any class'}` +
        `${part === undefined ? '' : ` to ${part === 'train' ? 'train' : 'test'} on`}; it has the ` +
        `${level === 'category' ? 'categories' : 'subcategories'} ${known(all, level)}`,
    )
  return { classes, files }
}

const known = (all: readonly Emoji[], level: EmojiChoice['level']): string =>
  [...new Set(all.map((emoji) => emoji[level]))]
    .toSorted()
    .slice(0, 20)
    .map((name) => quoted(name))
    .join(', ')
