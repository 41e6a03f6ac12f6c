/** The methods that the study adds to those that every comparison knows. */
import { builtInMethods, labelEvidence } from '@ptu/experiments'
import { fixedGate } from '@ptu/gates'
import { evidencePlan, ptu, scratch, share, uniformPlan } from '@ptu/strategies'

const once = (name, role, strategy) => ({
  name,
  role,
  trials: ({ rate }) => [{ depth: null, rate }],
  plan: (source) => uniformPlan(source, strategy),
})

/** Units of two branches, their gates held at a constant under annealed noise. */
const constant = (name, update) => once(name, 'control', ptu({ gate: fixedGate({ update }) }))

/** A linear probe: LP-FT's head, fitted to the frozen source, and a rate at which it stays as it is. */
const probe = {
  ...once('probe', 'recipe', share),
  kinds: ['classify'],
  trials: () => [{ depth: null, rate: 1e-12 }],
  adapt: builtInMethods.find(({ name }) => name === 'lp-ft').adapt,
}

/** Acts on the best hypothesis by the marginal likelihood, whatever its lead; `tell` gets the evidence. */
const always = (tell) => ({
  ...once('always', 'control', ptu()),
  kinds: ['classify'],
  adapt: async ({ head }, task) => {
    const depths = task.rescaled ? 'every' : 'ends'
    const found = await labelEvidence(task, { judge: 'marginal-likelihood', margin: 0, depths })
    tell(found)
    return { blocks: evidencePlan(task.source, found), head }
  },
})

export const methodsOf = (tell) => [
  constant('u-50', 0.5),
  constant('u-75', 0.75),
  once('random', 'control', scratch),
  probe,
  always(tell),
]
