import type { TensorTable } from './architecture.ts'

/** A network that is told by its tensors and cannot be opened. */
interface RefusedNetwork {
  readonly name: string
  readonly why: string
  /** Tensors that it has and no other known network. */
  readonly marks: readonly string[]
}

const known: readonly RefusedNetwork[] = [
  {
    name: 'torchvision shufflenet_v2',
    why: 'its channels are shuffled between layers, which no layer here does',
    marks: ['conv1.0.weight', 'stage2.0.branch1.0.weight', 'stage2.0.branch2.7.weight', 'conv5.0.weight'],
  },
]

/** The name of the network that these tensors are of and the reason why it cannot be opened, if it is one of those. */
export const refusalOf = (tensors: TensorTable): string | undefined => {
  const found = known.find(({ marks }) => marks.every((mark) => tensors.has(mark)))
  return found && `this is ${found.name}, which cannot be opened: ${found.why}; use another network`
}
