import { characters, windows1252 } from './single-bytes.ts'

/** Marks of parts inside parts are followed so deep. */
const deepest = 5

/** The fields before the first empty line, unfolded, by their names in lower case; the first of a name counts. */
const fieldsOf = (head: string): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>()
  for (const line of head.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).toLowerCase()
    if (colon > 0 && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}

/** A message or a part of one, each byte a character. */
interface Part {
  readonly fields: ReadonlyMap<string, string>
  readonly body: string
}

const partOf = (binary: string): Part => {
  const end = binary.search(/\n\n/)
  if (binary.startsWith('\n')) return { fields: new Map(), body: binary.slice(1) }
  return end < 0
    ? { fields: fieldsOf(binary), body: '' }
    : { fields: fieldsOf(binary.slice(0, end)), body: binary.slice(end + 2) }
}

const parameter = (field: string, name: string): string | undefined =>
  new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(field)?.slice(1).find(Boolean)

const bytesOf = (binary: string): Uint8Array => {
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

const fromHex = (_: string, digits: string): string => String.fromCharCode(parseInt(digits, 16))

/** Undoes quoted-printable and base64 (RFC 2045, §6.7 and §6.8). */
const transferred = (body: string, encoding: string): string => {
  if (/^quoted-printable/i.test(encoding)) return body.replace(/=[ \t]*\n/g, '').replace(/=([0-9a-f]{2})/gi, fromHex)
  if (!/^base64/i.test(encoding)) return body
  const signs = body.replace(/[^A-Za-z0-9+/]/g, '')
  return atob(signs.slice(0, signs.length - (signs.length % 4 === 1 ? 1 : 0)))
}

/** Text of a character set; UTF-8 where it is that, else windows-1252, if the set is not known. */
const decoded = (binary: string, charset: string | undefined): string => {
  try {
    const decoder = new TextDecoder(/^(us-)?ascii$/i.test(charset ?? 'ascii') ? 'utf-8' : charset, { fatal: true })
    return decoder.encoding === 'windows-1252' ? windows1252(binary) : decoder.decode(bytesOf(binary))
  } catch {
    return windows1252(binary)
  }
}

/** Words of a subject that are written in another character set (RFC 2047). */
const subjectOf = (subject: string): string => {
  const word = /=\?([^?\s]+)\?([bq])\?([^?]*)\?=(?:\s+(?==\?))?/gi
  const text = (_: string, charset: string, kind: string, body: string): string =>
    kind.toLowerCase() === 'b'
      ? decoded(transferred(body, 'base64'), charset)
      : decoded(transferred(body.replaceAll('_', ' '), 'quoted-printable'), charset)
  // Outside of such words bytes are decoded as they are.
  return word.test(subject) ? subject.replace(word, text) : decoded(subject, undefined)
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

const entity = (whole: string, name: string): string => {
  const number = name.startsWith('#') ? Number(name.slice(1).replace(/^x/i, '0x')) : NaN
  if (Number.isInteger(number)) return number > 0 && number < 0x110000 ? String.fromCodePoint(number) : ' '
  return named[name.toLowerCase()] ?? whole
}

/** The words of a page, without its marks, scripts and styles. */
const pageText = (page: string): string =>
  page
    .replace(/<!--.*?-->/gs, ' ')
    .replace(/<(script|style)\b.*?<\/\1[^<>]*>/gis, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(#?\w{1,8});?/g, entity)

interface PartText {
  readonly text: string
  readonly isPlain: boolean
}

/** The parts of a part; none where it is one. */
const partsOf = ({ body }: Part, type: string): readonly Part[] => {
  const boundary = parameter(type, 'boundary')
  if (!/^multipart\//i.test(type) || boundary === undefined) return []
  const parts = `\n${body}`.split(`\n--${boundary}`).slice(1)
  return parts.map((part) => partOf(part.replace(/^[^\n]*\n/, '')))
}

/** The text of a part: of several parts the first plain text, else the first page; undefined where there is none. */
const textOf = (part: Part, depth = 0): PartText | undefined => {
  const { fields, body } = part
  const type = fields.get('content-type') ?? 'text/plain'
  const parts = depth < deepest ? partsOf(part, type) : []
  if (parts.length > 0) {
    const texts = parts.flatMap((inner) => textOf(inner, depth + 1) ?? [])
    return texts.find(({ isPlain, text }) => isPlain && text.trim() !== '') ?? texts[0]
  }
  if (!/^(text\/|multipart\/)/i.test(type) && type.includes('/')) return undefined
  const text = decoded(transferred(body, fields.get('content-transfer-encoding') ?? ''), parameter(type, 'charset'))
  return /^text\/html/i.test(type) ? { text: pageText(text), isPlain: false } : { text, isPlain: true }
}

/**
 * The words that a reader of a message sees: its subject, then its first plain text, else its first page without marks.
 *
 * Other fields are left out: they tell where a message was collected. Runs of white space become one space.
 *
 * References:
 *   Freed & Borenstein, "Multipurpose Internet Mail Extensions", RFC 2045, 1996, §6, https://www.rfc-editor.org/rfc/rfc2045
 */
export const mailText = (bytes: Uint8Array): string => {
  const binary = characters(bytes)
  const message = partOf(binary.replaceAll('\r\n', '\n'))
  const subject = subjectOf(message.fields.get('subject') ?? '')
  // A NUL is no text.
  return `${subject}\n${textOf(message)?.text ?? ''}`.replaceAll('\0', ' ').replace(/\s+/g, ' ').trim()
}
