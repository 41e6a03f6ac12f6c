import type { Shape } from '@ptu/tensor'

import { shownShape } from '../shown.ts'
import type { Architecture, BuildOptions, BuiltNetwork, Likeness, TensorTable } from './architecture.ts'
import { buildNetwork, isCounter, rootOf } from './build-network.ts'
import { expectedTensors } from './expected-tensors.ts'
import type { NetworkPlan } from './plan.ts'
import { withViews } from './view.ts'

/**
 * An architecture that is a plan: layers, and the modules that their parameters are in.
 *
 * The plan may depend on the tensors, for example on the number of classes. The architecture has exactly the tensors
 * that its layers ask for, so what is recognised and what is built cannot differ.
 */
export const plannedArchitecture = (
  name: string,
  plan: (tensors: TensorTable, input?: Shape) => NetworkPlan,
): Architecture => ({
  name,
  plan,
  recognise: (tensors) => likeness(plan(tensors), tensors),
  build: (tensors, options) => build(plan(tensors, options.input), tensors, options),
})

const likeness = ({ body, input, views = [] }: NetworkPlan, tensors: TensorTable): Likeness => {
  const viewed = withViews(tensors, views)
  const parts = [...expectedTensors(body, input)].flatMap(([name, shape]) => viewed.origins(name) ?? [{ name, shape }])
  const expected = new Map(parts.map(({ name, shape }) => [name, shape]))
  const missing = [...expected].flatMap(([tensor, shape]) => {
    const found = tensors.get(tensor)?.shape
    if (found?.join() === shape.join()) return []
    return [`${tensor} ${shownShape(shape)} is ${found ? shownShape(found) : 'missing'}`]
  })
  const roots = new Set([...expected.keys()].map(rootOf))
  const more = [...tensors.keys()].filter((one) => roots.has(rootOf(one)) && !expected.has(one) && !isCounter(one))
  return { differences: [...missing, ...more.map((one) => `${one} is more than it has`)], count: expected.size }
}

const build = (plan: NetworkPlan, tensors: TensorTable, options: BuildOptions): BuiltNetwork => {
  const { counters, ...network } = buildNetwork(plan, tensors, options)
  return { ...network, facts: factsOf(plan, counters) }
}

const factsOf = ({ epsilon, facts }: NetworkPlan, counters: number): Readonly<Record<string, string>> => ({
  ...facts,
  ...(facts['layer normalisation'] === undefined && {
    'batch normalisation': `epsilon ${epsilon.toExponential()}, folded into the convolutions before it`,
  }),
  ...(counters > 0 && { 'not needed': `${counters} counters of batches (num_batches_tracked)` }),
})
