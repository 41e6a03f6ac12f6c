/** A network cannot be written in a format. The message names the layer or the value, and says what to do next. */
export class ExportError extends Error {
  override readonly name = 'ExportError'
}
