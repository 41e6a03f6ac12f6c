/** Two trees that should have one structure differ. A bug of the caller. */
export class StructureError extends Error {
  override readonly name = 'StructureError'
}

/** A tensor or an input has a shape that a function cannot take. A bug of the caller. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

/** An option has a value outside what the function allows. A bug of the caller. */
export class OptionError extends Error {
  override readonly name = 'OptionError'
}

/** The text of whatever was thrown. */
export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/**
 * The code of an error of the system or of Node, such as `ENOENT`; empty if there is none.
 *
 * @example
 * ```ts
 * expect(codeOf(Object.assign(new Error('no such file'), { code: 'ENOENT' }))).toBe('ENOENT')
 * expect(codeOf('ENOENT')).toBe('')
 * ```
 */
export const codeOf = (cause: unknown): string => (cause instanceof Error && 'code' in cause ? String(cause.code) : '')
