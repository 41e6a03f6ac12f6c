/** Ways to build the unit over recurrent layers, as methods that a comparison loads from this module. */
import { hierarchicalGate } from '@ptu/gates'
import { ptu, uniformPlan } from '@ptu/strategies'

const variant = (name, options) => ({
  name,
  role: 'candidate',
  trials: ({ rate }) => [{ depth: null, rate }],
  plan: (source) => uniformPlan(source, ptu(options)),
})

/** The variants; each differs from `ptu` in what its name says. Those that mix states do not fold. */
export const methods = [
  variant('ptu-no-noise', { gate: hierarchicalGate({ branches: 3, noise: 'none' }) }),
  variant('ptu-two-branches', { gate: hierarchicalGate({ branches: 2 }) }),
  variant('ptu-state', { mix: { hidden: 'mixed' } }),
  variant('ptu-state-pure', { mix: { hidden: 'pure' } }),
  variant('ptu-state-cell', { mix: { hidden: 'mixed', cell: true } }),
]

/**
 * The methods that are compared over each cell; the LSTM has only those that it alone can have. Fine-tuning is at one
 * rate, without a search.
 */
export const variantsOver = {
  gru: ['fine-tune-all', 'ptu', 'ptu-no-noise', 'ptu-two-branches', 'ptu-state', 'ptu-state-pure'],
  lstm: ['fine-tune-all', 'ptu', 'ptu-state', 'ptu-state-cell'],
}
