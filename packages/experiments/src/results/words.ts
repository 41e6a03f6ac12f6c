/** A part of one as a percentage with one decimal: `0.8123` is `81.2`. */
export const percent = (part: number): string => {
  const shown = (100 * part).toFixed(1)
  return shown === '-0.0' ? '0.0' : shown
}

/** A difference as `shown` gives its size, with its sign. */
export const signed = (shown: (size: number) => string, difference: number): string => {
  const size = shown(Math.abs(difference))
  return `${difference < 0 && Number(size) !== 0 ? '-' : '+'}${size}`
}

/** A difference in percentage points, with its sign. */
export const points = (difference: number): string => signed(percent, difference)

/** A probability; from `0.001` on it is shown to three decimals. */
export const probability = (p: number): string => (p < 0.001 ? '<0.001' : p.toFixed(3))
