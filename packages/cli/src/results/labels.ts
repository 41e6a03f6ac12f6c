/** Heuristics choose among several runs; a star says so. */
const searched = new Set(['scratch', 'share', 'fine-tune', 'any'])

/** A strategy's name in tables and pictures: `share*`, `ptu`. */
export const labelOf = (strategy: string): string => (searched.has(strategy) ? `${strategy}*` : strategy)
