const table = (): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xed_b8_83_20 : sum >>> 1
    return sum
  })

/**
 * The CRC-32 of bytes, as zip archives keep it.
 *
 * References:
 *   PKWARE, "APPNOTE.TXT – .ZIP file format specification", version 6.3.10, 2022, §4.4.7, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export const crc32 = (bytes: Uint8Array): number => {
  const sums = table()
  let sum = 0xff_ff_ff_ff
  for (const byte of bytes) sum = (sum >>> 8) ^ (sums[(sum ^ byte) & 0xff] ?? 0)
  return (sum ^ 0xff_ff_ff_ff) >>> 0
}
