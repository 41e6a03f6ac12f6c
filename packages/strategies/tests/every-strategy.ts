import { fixedGate, hierarchicalGate, inputGate } from '@ptu/gates'
import { dense, flatten, gru, relu, serial } from '@ptu/layers'

import {
  evidenceGate,
  fineTune,
  l2sp,
  lora,
  mixout,
  observe,
  ptu,
  ptuOver,
  queriesAndValues,
  scratch,
  share,
  type PtuOptions,
  type Strategy,
} from '../src/index.ts'

/** A strategy for each of the three blocks of the example source, and whether the model folds. */
export interface Planned {
  readonly blocks: readonly Strategy[]
  readonly folds: boolean
  /** The one example it is for, where it does the same as another over the others. */
  readonly over?: 'pictures' | 'sequences' | 'patches'
}

const all = (strategy: Strategy): readonly Strategy[] => [strategy, strategy, strategy]
const own = (layer: ReturnType<typeof serial>): Strategy => ptuOver(layer, hierarchicalGate())

const hiddenMix = (options: PtuOptions): Planned => ({ blocks: all(ptu(options)), folds: false, over: 'sequences' })

/** Every exported strategy and every option of the unit, with the mixtures over depth that take different paths. */
export const everyStrategy: Readonly<Record<string, Planned>> = {
  share: { blocks: all(share), folds: true },
  scratch: { blocks: all(scratch), folds: true },
  fineTune: { blocks: all(fineTune), folds: true },
  observe: { blocks: all(observe), folds: false },
  ptu: { blocks: all(ptu()), folds: true },
  'ptu of two branches': { blocks: all(ptu({ gate: hierarchicalGate() })), folds: true, over: 'sequences' },
  'ptu of three branches': {
    blocks: all(ptu({ gate: hierarchicalGate({ branches: 3 }) })),
    folds: true,
    over: 'pictures',
  },
  'ptu with constant noise': { blocks: all(ptu({ gate: hierarchicalGate({ noise: 'constant' }) })), folds: true },
  'ptu with fixed gates': { blocks: all(ptu({ gate: fixedGate({ update: 0.75 }) })), folds: true },
  'share, then ptu with gates by evidence, then scratch': {
    blocks: [share, ptu({ gate: evidenceGate({ update: 0.8, fineTune: 0.6 }) }), scratch],
    folds: true,
  },
  'ptu with gates learnt from evidence': {
    blocks: all(ptu({ gate: evidenceGate({ update: 0.8, fineTune: 0.6 }, { learn: true }) })),
    folds: true,
  },
  'ptu with gates that look at their input': { blocks: all(ptu({ gate: inputGate({ branches: 3 }) })), folds: false },
  'ptu mixed after the nonlinearity': { blocks: all(ptu({ mix: 'post' })), folds: false },
  'l2sp of fine-tuning': { blocks: all(l2sp(fineTune, { strength: 0.1 })), folds: true },
  'l2sp of ptu, share on the rest': { blocks: [share, l2sp(ptu()), l2sp(ptu())], folds: true },
  lora: { blocks: all(lora({ rank: 2, alpha: 3 })), folds: true },
  mixout: { blocks: all(mixout({ rate: 0.5 })), folds: true },
  'lora of queries and values': {
    blocks: all(lora({ rank: 2, select: queriesAndValues })),
    folds: true,
    over: 'patches',
  },
  'share, then ptu': { blocks: [share, ptu(), ptu()], folds: true },
  'fine-tune, then share, then ptu': { blocks: [fineTune, share, ptu()], folds: true },
  'ptu, then observe': { blocks: [ptu(), ptu(), observe], folds: false },
  'ptu over a black box': {
    blocks: [share, observe, own(serial(flatten, dense(5), relu))],
    folds: false,
  },
  ...Object.fromEntries(
    (['mixed', 'pure'] as const).flatMap((hidden) =>
      [false, true].map((cell) => [
        `ptu of hidden${cell ? ' and cell' : ''} states, ${hidden} path`,
        hiddenMix({ mix: { hidden, cell } }),
      ]),
    ),
  ),
  'ptu of hidden states, two branches': hiddenMix({ mix: { hidden: 'mixed', cell: true }, gate: hierarchicalGate() }),
  'ptu of hidden states with gates that look at them': hiddenMix({
    mix: { hidden: 'mixed', cell: true },
    gate: inputGate(),
  }),
  'ptu over the sequences of a black box': {
    blocks: [observe, ptuOver(gru(2), hierarchicalGate()), scratch],
    folds: false,
    over: 'sequences',
  },
}
