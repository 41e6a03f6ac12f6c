/** A part of one as a percentage with one decimal: `0.8123` is `81.2`. */
const percent = (part: number): string => (100 * part).toFixed(1)

/** A difference in percentage points, with its sign. */
export const points = (difference: number): string => `${difference < 0 ? '-' : '+'}${percent(Math.abs(difference))}`
