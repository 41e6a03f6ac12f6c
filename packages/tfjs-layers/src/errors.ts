/** A LayersModel, a layer or a cut that a function cannot take. A bug of the caller. */
export class LayersModelError extends Error {
  override readonly name = 'LayersModelError'
}
