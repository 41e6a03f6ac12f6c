/** A model from outside cannot be used, or not in the way that was asked. The message says what to do next. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
}
