/**
 * The softmax of each row: `p = exp(z) / Σ exp(z)`, in double precision.
 *
 * @example
 * ```ts
 * expect(softmaxRows(Float32Array.of(0, 0, 1000, 0), 2)).toEqual(Float32Array.of(0.5, 0.5, 1, 0))
 * ```
 */
export const softmaxRows = (logits: Float32Array, classes: number): Float32Array => {
  const out = new Float32Array(logits.length)
  for (let from = 0; from < logits.length; from += classes) {
    const row = logits.subarray(from, from + classes)
    const most = Math.max(...row)
    const terms = Array.from(row, (z) => Math.exp(z - most))
    const sum = terms.reduce((total, term) => total + term, 0)
    out.set(
      terms.map((term) => term / sum),
      from,
    )
  }
  return out
}
