/** Numbers as files hold them: how many bytes each takes and how it is read. */
export interface NumberFormat {
  readonly bytes: number
  read(view: DataView, offset: number): number
}

/** IEEE 754 binary16 as a number. */
const half = (bits: number): number => {
  const sign = bits >= 0x8000 ? -1 : 1
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Formats by the names that tfjs gives them; all are little-endian. */
export const formats: Readonly<Record<'float32' | 'float16' | 'int32' | 'uint16' | 'uint8', NumberFormat>> = {
  float32: { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) },
  float16: { bytes: 2, read: (view, offset) => half(view.getUint16(offset, true)) },
  int32: { bytes: 4, read: (view, offset) => view.getInt32(offset, true) },
  uint16: { bytes: 2, read: (view, offset) => view.getUint16(offset, true) },
  uint8: { bytes: 1, read: (view, offset) => view.getUint8(offset) },
}
