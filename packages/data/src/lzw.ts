import { DataError } from './errors.ts'

/** Codes have at most 12 bits. */
const codeLimit = 4096

/** Reads codes of a growing number of bits, the lowest bits first; -1 behind the end. */
const codeReader = (packed: Uint8Array): ((bits: number) => number) => {
  let at = 0
  let held = 0
  let holds = 0
  return (bits) => {
    while (holds < bits) {
      if (at >= packed.length) return -1
      held |= (packed[at++] as number) << holds
      holds += 8
    }
    const code = held & ((1 << bits) - 1)
    held >>= bits
    holds -= bits
    return code
  }
}

/** The words of a code table: each is another word and one value more. */
interface Words {
  readonly before: Uint16Array
  readonly first: Uint8Array
  readonly last: Uint8Array
  readonly length: Uint16Array
}

const wordsOf = (clear: number): Words => {
  const before = new Uint16Array(codeLimit)
  const last = Uint8Array.from({ length: codeLimit }, (_, value) => (value < clear ? value : 0))
  return { before, first: last.slice(), last, length: new Uint16Array(codeLimit).fill(1) }
}

/** Makes a word of another one and the first value of a third. */
const addWord = ({ before, first, last, length }: Words, place: number, word: number, third: number): void => {
  before[place] = word
  first[place] = first[word] as number
  last[place] = first[third] as number
  length[place] = (length[word] as number) + 1
}

/** Writes the word of a code to `out` from `at` on, as far as it fits. */
const writeWord = ({ before, last, length }: Words, code: number, out: Uint8Array, at: number): void => {
  let word = code
  for (let to = at + (length[code] as number) - 1; to >= at; to--) {
    if (to < out.length) out[to] = last[word] as number
    word = before[word] as number
  }
}

/**
 * Unpacks `count` values of `bits` bits each, 2 to 8, that are packed as in a GIF.
 *
 * Further values are left alone. Throws {@link DataError} if there are fewer or a code has no word yet.
 *
 * References:
 *   CompuServe, "Graphics Interchange Format, Version 89a", 1990, Appendix F, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 *   Welch, "A Technique for High-Performance Data Compression", IEEE Computer 17(6), 1984, https://doi.org/10.1109/MC.1984.1659158
 */
export const unpackLzw = (packed: Uint8Array, bits: number, count: number): Uint8Array => {
  const clear = 1 << bits
  const words = wordsOf(clear)
  const read = codeReader(packed)
  const out = new Uint8Array(count)
  let width = bits + 1
  let next = clear + 2
  let previous = -1
  for (let at = 0; at < count;) {
    const code = read(width)
    if (code === clear) {
      width = bits + 1
      next = clear + 2
      previous = -1
      continue
    }
    checkCode(code, clear, previous < 0 ? next - 1 : next)
    if (previous >= 0 && next < codeLimit) addWord(words, next++, previous, code === next - 1 ? previous : code)
    if (next === 1 << width && width < 12) width++
    writeWord(words, code, out, at)
    at += words.length[code] as number
    previous = code
  }
  return out
}

/** Throws {@link DataError} unless a code has a word or, up to `most`, makes the next one. */
const checkCode = (code: number, clear: number, most: number): void => {
  if (code < 0 || code === clear + 1) throw new DataError('it has fewer pixels than its header claims')
  if (code > most) throw new DataError('its pixels are damaged')
}
