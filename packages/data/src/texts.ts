/** Texts as tokens, with their labels, in plain memory; a vocabulary turns them into numbers. */
export interface Texts {
  /** `[texts][tokens]` */
  readonly sequences: readonly (readonly string[])[]
  /** One label for each text or, if they are tagged, one for each token. */
  readonly labels: readonly (readonly string[])[]
  readonly tagged: boolean
}

/** The unit into which a text is cut. */
export type TokenUnit = 'word' | 'character'

/**
 * The tokens of a text: its words, numbers and punctuation marks in lower case, or its characters as they are.
 *
 * Characters are Unicode's code points, white space among them; composed and decomposed letters are made one (NFC).
 *
 * @example
 * ```ts
 * expect(tokenise("It isn't 3.5!", 'word')).toEqual(['it', "isn't", '3.5', '!'])
 * expect(tokenise('né 😀', 'character')).toEqual(['n', 'é', ' ', '😀'])
 * ```
 */
export const tokenise = (text: string, unit: TokenUnit = 'word'): readonly string[] => {
  const composed = text.normalize('NFC')
  return unit === 'character' ? Array.from(composed) : (composed.toLowerCase().match(words) ?? [])
}

/** Letters and digits with single marks inside; or one sign that is no white space. */
const words = /[\p{L}\p{M}\p{N}]+(?:['’.,-][\p{L}\p{M}\p{N}]+)*|[^\s]/gu
