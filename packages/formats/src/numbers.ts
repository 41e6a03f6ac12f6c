/** A format of numbers in files: the bytes that each takes, and the way it is read. */
export interface NumberFormat {
  readonly bytes: number
  read(view: DataView, offset: number, littleEndian: boolean): number
}

/** The formats that can be read as numbers, by the names that PyTorch gives them. */
export type NumberName =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool'

/** IEEE 754 binary16 as a number. */
const half = (bits: number): number => {
  const sign = bits >= 0x8000 ? -1 : 1
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** bfloat16, the upper half of a float32, as a number. */
const upperHalf = (bits: number): number => {
  const whole = new DataView(new ArrayBuffer(4))
  whole.setUint16(0, bits)
  return whole.getFloat32(0)
}

/** The ways in which numbers of each format are read. */
export const numberFormats: Readonly<Record<NumberName, NumberFormat>> = {
  float64: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  float32: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  float16: { bytes: 2, read: (view, at, little) => half(view.getUint16(at, little)) },
  bfloat16: { bytes: 2, read: (view, at, little) => upperHalf(view.getUint16(at, little)) },
  int64: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  int32: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  int16: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  int8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  uint64: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  uint32: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  uint16: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  bool: { bytes: 1, read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
}
