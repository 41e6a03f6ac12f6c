/** `Σ_k a[i + k]·b[j + k]` over `count` terms. */
export const innerProduct = (a: Float64Array, i: number, b: Float64Array, j: number, count: number): number => {
  let sum = 0
  for (let k = 0; k < count; k++) sum += (a[i + k] as number) * (b[j + k] as number)
  return sum
}
