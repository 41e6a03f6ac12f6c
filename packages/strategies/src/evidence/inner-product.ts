/**
 * `Σ_k a[i + k]·b[j + k]` over `count` terms.
 *
 * Four sums run side by side, as each addition of one sum would have to wait for the one before it.
 */
export const innerProduct = (a: Float64Array, i: number, b: Float64Array, j: number, count: number): number => {
  let [first, second, third, fourth] = [0, 0, 0, 0]
  let k = 0
  for (; k + 3 < count; k += 4) {
    first += (a[i + k] as number) * (b[j + k] as number)
    second += (a[i + k + 1] as number) * (b[j + k + 1] as number)
    third += (a[i + k + 2] as number) * (b[j + k + 2] as number)
    fourth += (a[i + k + 3] as number) * (b[j + k + 3] as number)
  }
  for (; k < count; k++) first += (a[i + k] as number) * (b[j + k] as number)
  return first + second + third + fourth
}
