import type { BodyName, StrategyName } from '@ptu/config'
import { fixedGate, hierarchicalGate } from '@ptu/gates'
import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import { isTagger } from './body.ts'
import { fineTunePlan, ptu, scratch, sharePlan, uniformPlan, type Strategy } from '@ptu/strategies'

/** What a strategy leaves open: how many blocks it takes from the source, and the learning rate. */
export interface Setting {
  /** Null where the strategy takes all blocks or none. */
  readonly depth: number | null
  readonly rate: number
}

/** The learning rate of strategies that search for nothing. */
const ptuRate = 4e-3

/** Strategies that have something to choose and choose it on a validation part. */
export const isHeuristic = (strategy: string): boolean => ['scratch', 'share', 'fine-tune'].includes(strategy)

/** All that a strategy tries: every depth at every rate for a heuristic, one setting otherwise. */
export const settingsOf = (strategy: StrategyName, blocks: number, rates: readonly number[]): readonly Setting[] => {
  if (!isHeuristic(strategy)) return [{ depth: null, rate: ptuRate }]
  const depths = strategy === 'scratch' ? [null] : Array.from({ length: blocks }, (_, i) => i + 1)
  return depths.flatMap((depth) => rates.map((rate) => ({ depth, rate })))
}

/** A strategy for each block of a source; without a depth, all blocks are taken. */
export const planOf = (
  source: SourceNetwork<OpenBlock>,
  strategy: StrategyName,
  depth: number | null,
): readonly Strategy[] => {
  const taken = depth ?? source.blocks.length
  switch (strategy) {
    case 'scratch':
      return uniformPlan(source, scratch)
    case 'share':
      return sharePlan(source, taken)
    case 'fine-tune':
      return fineTunePlan(source, taken)
    case 'ptu':
      return uniformPlan(source, ptu())
    case 'ptu-three':
      return uniformPlan(source, ptu({ gate: hierarchicalGate({ branches: 3 }) }))
    case 'ptu-fixed':
      return uniformPlan(source, ptu({ gate: fixedGate({ update: 0.75 }) }))
  }
}

/** A setting in words: `depth 2, rate 0.001`. */
export const labelOf = ({ depth, rate }: Setting): string => `${depth === null ? '' : `depth ${depth}, `}rate ${rate}`

/** The steps that a number of labels per class asks for, or a number of texts, which hold some twenty labels each. */
export const stepsFor = (shots: number, body: BodyName): number => {
  if (isTagger(body)) return shots <= 50 ? 150 : 300
  if (shots <= 10) return 300
  if (shots <= 50) return 450
  return shots <= 100 ? 700 : 1500
}
