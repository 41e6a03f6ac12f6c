import { fixedGate, hierarchicalGate, type Gate } from '@ptu/gates'
import type { OpenBlock, SourceNetwork } from '@ptu/networks'

import { ptu } from '../ptu.ts'
import { fineTune, scratch, share } from '../simple.ts'
import { PlanError, type Strategy } from '../strategy.ts'
import type { BlockEvidence } from './block-evidence.ts'
import type { Evidence } from './result.ts'

/** The options of {@link evidenceGate} and {@link evidencePlan}. */
export interface EvidenceGateOptions {
  /**
   * True to go on learning the gates from the values that the evidence sets. Default false: they stay at these values.
   */
  readonly learn?: boolean
}

/** A learnt gate cannot start shut or open for good. */
const nearest = 0.995

const startOf = (openness: number): number => Math.min(Math.max(openness, 1 - nearest), nearest)

/**
 * The gate of a block as the evidence sets it.
 *
 * The update gate has annealed noise, the fine-tune gate none. If the fine-tune gate is open for good, units have two
 * branches.
 *
 * @example
 * ```ts
 * expect(evidenceGate({ update: 0.75, fineTune: 1 }).branches).toBe(2)
 * expect(evidenceGate({ update: 0.8, fineTune: 0.6 }).branches).toBe(3)
 * ```
 */
export const evidenceGate = (
  { update, fineTune: f }: Pick<BlockEvidence, 'update' | 'fineTune'>,
  { learn = false }: EvidenceGateOptions = {},
): Gate => {
  const quiet = { fineTuneNoise: 'none' } as const
  if (!learn) return fixedGate({ update, ...(f < 1 && { fineTune: f, ...quiet }) })
  return hierarchicalGate({ update: startOf(update), ...(f < 1 && { branches: 3, fineTune: startOf(f), ...quiet }) })
}

/**
 * One strategy per block, as the evidence sets its gates: {@link share} for a frozen block, {@link scratch} for a
 * random one, {@link fineTune} for one that is the target's alone, else {@link ptu} with {@link evidenceGate}.
 *
 * Frozen blocks at the input side are computed once per example, and a random block has no source branch. The plan
 * folds. Throws {@link PlanError} if the evidence is about blocks of other names.
 *
 * @example
 * ```ts
 * const source = freeze(mlp([16, 8]), initBody(mlp([16, 8]), key(0), [4]))
 * const blocks = [
 *   { block: 'dense1', frozen: 0, source: 1, random: 0, mixed: 0, update: 0.75, fineTune: 1 },
 *   { block: 'dense2', frozen: 0, source: 0, random: 1, mixed: 0, update: 1, fineTune: 0 },
 * ]
 * const model = transfer(source, { blocks: evidencePlan(source, { blocks }), head: dense(3) })
 * expect(model.blocks.map(({ strategy }) => strategy)).toEqual(['ptu', 'scratch'])
 * ```
 */
export const evidencePlan = (
  { blocks }: SourceNetwork<OpenBlock>,
  evidence: Pick<Evidence, 'blocks'>,
  options: EvidenceGateOptions = {},
): readonly Strategy[] => {
  const [wanted, got] = [blocks.map(({ name }) => name), evidence.blocks.map(({ block }) => block)].map(listed)
  if (wanted !== got)
    throw new PlanError(`evidencePlan: expected evidence about the blocks ${String(wanted)}, got ${String(got)}`)
  return evidence.blocks.map((block) => strategyOf(block, options))
}

const listed = (names: readonly string[]): string => names.join(', ')

const strategyOf = (block: BlockEvidence, options: EvidenceGateOptions): Strategy => {
  if (block.update === 0) return share
  if (block.update === 1 && block.fineTune === 0) return scratch
  if (block.update === 1 && block.fineTune === 1) return fineTune
  return ptu({ gate: evidenceGate(block, options) })
}
