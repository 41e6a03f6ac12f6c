import type { Dataset } from '@ptu/data'

/** The reason why a measure that changes pixels cannot be taken of examples; undefined where it can. */
export const picturesProblem = (name: string, { features, shape }: Dataset): string | undefined =>
  features instanceof Uint8Array && shape.length === 3 && (shape[2] === 1 || shape[2] === 3)
    ? undefined
    : `expected examples that are pictures, whose pixels can be changed, got others; leave ${name} out`
