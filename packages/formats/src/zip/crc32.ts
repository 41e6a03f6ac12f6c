/** Eight tables: the sums of a byte with 0 to 7 zero bytes after it. */
const tables = (): Uint32Array[] => {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xed_b8_83_20 : sum >>> 1
    return sum
  })
  const all = [first]
  for (let zeros = 1; zeros < 8; zeros++)
    all.push((all[zeros - 1] as Uint32Array).map((sum) => (sum >>> 8) ^ (first[sum & 0xff] as number)))
  return all
}

/**
 * The CRC-32 of bytes, as zip archives keep it, eight bytes at a time. `before` is that of the bytes before them, of which it is
 * the continuation.
 *
 * References:
 *   PKWARE, "APPNOTE.TXT – .ZIP file format specification", version 6.3.10, 2022, §4.4.7, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 *   Kounavis & Berry, "Novel table lookup-based algorithms for high-performance CRC generation", IEEE Transactions on Computers 57(11), 2008, §3
 */
export const crc32 = (bytes: Uint8Array, before = 0): number => {
  const [a, b, c, d, e, f, g, h] = tables() as Eight
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let sum = before ^ 0xff_ff_ff_ff
  let at = 0
  for (; at + 8 <= bytes.length; at += 8) {
    const low = view.getUint32(at, true) ^ sum
    const high = view.getUint32(at + 4, true)
    sum =
      (h[low & 0xff] as number) ^
      (g[(low >>> 8) & 0xff] as number) ^
      (f[(low >>> 16) & 0xff] as number) ^
      (e[low >>> 24] as number) ^
      (d[high & 0xff] as number) ^
      (c[(high >>> 8) & 0xff] as number) ^
      (b[(high >>> 16) & 0xff] as number) ^
      (a[high >>> 24] as number)
  }
  for (; at < bytes.length; at++) sum = (sum >>> 8) ^ (a[(sum ^ (bytes[at] as number)) & 0xff] as number)
  return (sum ^ 0xff_ff_ff_ff) >>> 0
}

type Table = Uint32Array
type Eight = [Table, Table, Table, Table, Table, Table, Table, Table]
