/** The reason for which a row misses its target, in words, from the rates that were measured beside it. */
const percent = (part, whole) => `${Math.round((100 * part) / whole)} %`

/**
 * The reason of a missed row: the rate of its products as a share of that of a product of 512 by 512, the same for what it is
 * divided by, and what ratio the products alone would give at that rate.
 */
export const reasonOf = (row, { productGigaflops, pytorch: [torch] }, isOwn) => {
  const { gigaflops, referenceGigaflops, productsAloneMs, referenceMs } = row
  if (gigaflops === undefined) return 'its products are not counted: see the profile'
  const mine = `products at ${gigaflops} GFLOP/s, ${percent(gigaflops, productGigaflops)} of the ${productGigaflops} of a large one`
  const alone = (productsAloneMs / referenceMs).toFixed(2)
  if (isOwn || !torch) return `${mine}; fine-tuning at ${referenceGigaflops}; its products alone would give ${alone}`
  const share = percent(referenceGigaflops, torch.productGigaflops)
  return (
    `${mine}; PyTorch at ${referenceGigaflops}, ${share} of its ${torch.productGigaflops} with ${torch.vectors}; ` +
    `the products alone at the rate of a large one would give ${alone}`
  )
}
