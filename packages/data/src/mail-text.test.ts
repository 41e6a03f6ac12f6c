import { describe, expect, it } from 'vitest'

import { mailText } from './mail-text.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (sign) => sign.charCodeAt(0))

const mail = (...lines: readonly string[]): Uint8Array => bytes(lines.join('\n'))

describe('mailText', () => {
  it('gives the subject and the words of the body, without the other fields', () => {
    const read = mailText(
      mail('From: a@b.c', 'Subject: Re: lunch', ' at noon', 'X-List: irr', '', 'Yes,\tplease.', '', 'A.'),
    )
    expect(read).toBe('Re: lunch at noon Yes, please. A.')
  })

  it.each([
    ['Content-Transfer-Encoding: quoted-printable', 'caf=E9 is =\nopen', 'café is open'],
    ['Content-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: base64', btoa('caf\xc3\xa9'), 'café'],
    ['Content-Type: text/plain; charset=windows-1251', '\xcf\xf0', 'Пр'],
    ['Content-Type: text/plain; charset=no-such-set', 'caf\xe9', 'café'],
    ['X: y', 'caf\xc3\xa9', 'café'],
    ['X: y', 'it\xe2\x80\x99s 5 \xe2\x82\xac', 'it’s 5 €'],
    ['Content-Type: text/plain; charset=windows-1252', 'don\x92t pay 5 \x80', 'don’t pay 5 €'],
    ['Content-Type: text/plain; charset=iso-8859-1', '\x93caf\xe9\x94', '“café”'],
    ['Content-Type: text/plain; charset=no-such-set', 'don\x92t', 'don’t'],
    [
      'Content-Type: text/html',
      '<style>p { x }</style><!-- no -->1 &lt; 2&#33;&nbsp;<b\nx="y">bold</b>',
      '1 < 2! bold',
    ],
  ])('decodes %j', (field, body, words) => {
    expect(mailText(mail(field, '', body))).toBe(words)
  })

  it('reads words of a subject in other character sets', () => {
    expect(mailText(mail('Subject: =?iso-8859-1?Q?caf=E9_x?= =?utf-8?B?w6k=?= end', '', ''))).toBe('café xé end')
  })

  it('takes the first plain text of several parts, whatever comes before it, else the first page', () => {
    const parts = (first: string): Uint8Array =>
      mail(
        'Content-Type: multipart/mixed; boundary="=x"',
        ...['', 'This is MIME.', '--=x', 'Content-Type: image/png', '', 'AAAA'],
        ...['--=x', 'Content-Type: multipart/alternative; boundary=y', ''],
        ...['--y', 'Content-Type: text/html', '', '<p>page</p>'],
        ...['--y', first, '', 'words', '--y--', '--=x--'],
      )
    expect(mailText(parts('Content-Type: text/plain'))).toBe('words')
    expect(mailText(parts('Content-Type: application/pdf'))).toBe('page')
  })

  it('gives nothing of a message without words, and no NUL', () => {
    expect(mailText(mail('From: a', '', ''))).toBe('')
    expect(mailText(mail('From: a', '', 'a\0b'))).toBe('a b')
  })

  it('does not follow parts without end', () => {
    const nested = Array.from({ length: 40 }, () => ['Content-Type: multipart/mixed; boundary=x', '', '--x']).flat()
    expect(mailText(mail(...nested, '', 'deep')).length).toBeLessThan(5000)
  })
})
