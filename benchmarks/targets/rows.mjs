/** The rows of the table of `npm run bench`: what is timed, what it is divided by, and the largest ratio that meets the target. */
import { networks } from '../inverted-networks.mjs'
import { cases } from '../transformer-cases.mjs'

const residual = Object.entries(networks).flatMap(([name, [, , counts]]) => [
  { name: `${name}: encode`, own: `${name} encode`, target: 1.1 },
  ...counts.flatMap((count) => [
    { name: `${name}: fine-tune ${count} blocks`, own: `${name} fine-tune ${count}`, target: 1.4 },
    {
      name: `${name}: PTU ${count} blocks / fine-tune`,
      own: `${name} PTU ${count}`,
      reference: `${name} fine-tune ${count}`,
      target: 2.2,
    },
  ]),
])

const layers = cases
  .filter(({ kind }) => kind === 'forward' || kind === 'forward + backward')
  .map(({ name, target }) => ({ name: `MiniLM's layer: ${name}`, own: `transformer ${name}`, target }))

const sequences = ['GRU', 'LSTM'].flatMap((cell) =>
  [
    ['two branches', 2],
    ['three branches', 2.6],
    ['hidden state, two branches', 3.5],
    ['hidden state, three branches', 3.5],
  ].map(([unit, target]) => ({
    name: `${cell}: PTU, ${unit} / own fine-tune`,
    own: `${cell} PTU ${unit}`,
    against: `${cell} fine-tune`,
    target,
  })),
)

/**
 * `own` names a contender of own.mjs. It is divided by PyTorch's `reference` (`own` by default), or by the own contender
 * `against`.
 */
export const rows = [
  { name: 'CNN', own: 'cnn', target: 1 },
  { name: 'CNN with batch normalisation', own: 'cnnBatchNorm', target: 0.8 },
  { name: 'separable CNN', own: 'separable', target: 1 },
  { name: 'GRU', own: 'gru', target: 1.2 },
  { name: 'LSTM', own: 'lstm', target: 2 },
  ...residual,
  ...layers,
  ...sequences,
  {
    name: 'tagger: PTU / own fine-tune (0.5 of its tokens/s)',
    own: 'tagger PTU',
    against: 'tagger fine-tune',
    target: 2,
  },
  { name: 'CNN: PTU of two branches / own fine-tune', own: 'LeNet PTU 2', against: 'LeNet fine-tune', target: 1.35 },
  { name: 'CNN: PTU of three branches / own fine-tune', own: 'LeNet PTU 3', against: 'LeNet fine-tune', target: 1.7 },
]
