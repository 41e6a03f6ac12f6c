/** A text from a file, cut to a length that a message can hold. */
export const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

/** A shape as it is written: `[3, 3, 1, 32]`. */
export const shownShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`
