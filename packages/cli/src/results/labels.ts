import type { TargetSummary } from './results.ts'

/** How many labels there are to learn from: `10 labels per class`, `20 labelled texts`. */
export const shotsTold = (shots: number, { tagged }: TargetSummary): string =>
  tagged ? `${shots} labelled texts` : `${shots} labels per class`

/** What is tested on: `4861 test examples`, `23456 tokens of 1391 test texts`. */
export const testTold = ({ tagged, testExamples, testLabels }: TargetSummary): string =>
  tagged ? `${testLabels} tokens of ${testExamples} test texts` : `${testExamples} test examples`

/** Heuristics choose among several runs; a star says so. */
const searched = new Set(['scratch', 'share', 'fine-tune', 'any'])

/** A strategy's name in tables and pictures: `share*`, `ptu`. */
export const labelOf = (strategy: string): string => (searched.has(strategy) ? `${strategy}*` : strategy)
