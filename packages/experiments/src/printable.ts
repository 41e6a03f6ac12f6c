/** Controls, marks that turn the direction of writing, invisible breaks, and halves of surrogate pairs. */
const unsafe = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu

const shown = (character: string): string => {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '␡'
  return code < 0x100 ? `\\x${code.toString(16)}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/**
 * A text of unknown origin, such as a class name or a file name, that is safe on one line of a terminal.
 *
 * Characters that a terminal would obey or hide are made visible. Control characters, line breaks and the start of
 * escape sequences become control pictures (`␛`, `␊`) or `\x9b`; marks that reverse the direction of writing become
 * `\u202e`.
 *
 * @example
 * ```ts
 * expect(printable('cat\u001b[2J')).toBe('cat␛[2J')
 * ```
 *
 * References:
 *   Boucher & Anderson, "Trojan Source: Invisible Vulnerabilities", USENIX Security 2023, §2, https://arxiv.org/abs/2111.00169
 */
export const printable = (text: string): string => text.replaceAll(unsafe, shown)
