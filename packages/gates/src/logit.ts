import { OptionError } from '@ptu/core'

/** `log(p / (1 - p))`; throws `OptionError` outside (0, 1). */
export const logit = (p: number): number => {
  if (!(p > 0 && p < 1))
    throw new OptionError(`expected where a gate starts in (0, 1), got ${p}; use fixedGate for 0 and 1`)
  return Math.log(p / (1 - p))
}
