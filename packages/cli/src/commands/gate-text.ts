import type { GateReading } from '@ptu/experiments'
import { bar, table } from '../table.ts'

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const row = (block: string, gate: string, values: readonly number[]): readonly string[] => [
  block,
  gate,
  mean(values).toFixed(3),
  Math.min(...values).toFixed(3),
  Math.max(...values).toFixed(3),
  bar(mean(values), 20),
]

/** The openness of gates, one line with a bar for each; nothing for a model without gates. */
export const gateText = (gates: readonly GateReading[]): readonly string[] =>
  gates.length === 0
    ? []
    : [
        '',
        table(
          ['block', 'gate', 'mean', 'least', 'most', 'open'],
          gates.flatMap(({ block, unit, update, fineTune }) => {
            const name = unit === 0 ? block : `${block}.${unit}`
            return [row(name, 'update', update), ...(fineTune === null ? [] : [row(name, 'fine-tune', fineTune)])]
          }),
        ),
        '',
      ]
