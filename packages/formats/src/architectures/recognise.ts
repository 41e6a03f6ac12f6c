import { ImportError } from '@ptu/networks'

import type { Architecture, TensorTable } from './architecture.ts'
import { refusalOf } from './refused-networks.ts'

/** The number of differing tensors that a message names. */
const named = 4

/**
 * Finds the architecture of tensors: each of its tensors is there in its shape, and its modules hold no other.
 *
 * If there is none, or more than one, it throws an `ImportError` that names the two nearest and the tensors that
 * differ.
 */
export const recognise = (tensors: TensorTable, known: readonly Architecture[]): Architecture => {
  const refused = refusalOf(tensors)
  if (refused !== undefined) throw new ImportError(refused)
  const ranked = known
    .map((architecture) => ({ architecture, ...architecture.recognise(tensors) }))
    // The share counts: a small network of which nothing is there lacks fewer tensors than a large one of which most are.
    .toSorted((a, b) => a.differences.length / a.count - b.differences.length / b.count)
  const [first, second] = ranked.filter(({ differences }) => differences.length === 0)
  if (first !== undefined && second === undefined) return first.architecture
  const nearest = ranked.slice(0, 2).map(({ architecture, differences }) => {
    const some = differences.slice(0, named).join(', ')
    const rest = differences.length > named ? `, … (${differences.length} in all)` : ''
    return `${architecture.name}: ${some || 'no tensor differs'}${rest}`
  })
  throw new ImportError(
    `expected the tensors of an architecture that is known (${known.map(({ name }) => name).join(', ')}), got ${tensors.size} tensors of none for certain. The nearest are ${nearest.join('; ')}. Spell the layers out with fromStateDict`,
  )
}
