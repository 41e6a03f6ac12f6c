import type { TokenRule } from '@ptu/data'

/** The rule of an encoding that numbers texts by a tokenizer, without the names of its columns. */
export const ruleOf = ({ tokenizer, steps, padding }: TokenRule): TokenRule => ({ tokenizer, steps, padding })
