/**
 * A guess about what transfers to the new task.
 *
 * - `frozen`: every block keeps the source's parameters; the head alone is trained.
 * - `adapted`: the first `depth` blocks start from the source and are trained; the blocks above start at random
 *   (`random`), or as the mix of a quarter of the source and three quarters of a random start (`mixed`).
 */
export type Hypothesis =
  { readonly kind: 'frozen' } | { readonly kind: 'adapted'; readonly depth: number; readonly above: 'random' | 'mixed' }

/** The openness of the update gate when nothing is known: the best constant in this project's studies. */
export const usualUpdate = 0.75

/** The depths of hypotheses: every one, or everything from the source and nothing from it. */
export type Depths = 'every' | 'ends'

/**
 * The hypotheses about a source of so many blocks, of which those from `from` on may learn: `frozen`, then for every depth
 * `random`, and below the full depth `mixed`. Of the ends alone, `random` for the depths `from` and `blocks`.
 */
export const hypothesesOf = (blocks: number, from: number, depths: Depths = 'every'): readonly Hypothesis[] => [
  { kind: 'frozen' },
  ...(depths === 'every' ? everyDepth(blocks, from) : [...new Set([from, blocks])].map(randomAbove)),
]

const randomAbove = (depth: number): Hypothesis => ({ kind: 'adapted', depth, above: 'random' })

const everyDepth = (blocks: number, from: number): readonly Hypothesis[] =>
  Array.from({ length: blocks - from + 1 }, (_, i): readonly Hypothesis[] => {
    const depth = from + i
    const random = randomAbove(depth)
    return depth < blocks ? [random, { kind: 'adapted', depth, above: 'mixed' }] : [random]
  }).flat()

/** The number of blocks that a hypothesis does not take from the source alone. */
export const randomBlocks = (hypothesis: Hypothesis, blocks: number): number =>
  hypothesis.kind === 'frozen' ? 0 : blocks - hypothesis.depth

/** Tests for the hypothesis that the usual recipe acts on: everything starts from the source and is trained. */
export const isUsual = (hypothesis: Hypothesis, blocks: number): boolean =>
  hypothesis.kind === 'adapted' && hypothesis.depth === blocks
