import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import type { StoredTensor } from '../stored-tensor.ts'
import type { NetworkPlan } from './plan.ts'

/** The tensors of a file by name. */
export type TensorTable = ReadonlyMap<string, StoredTensor>

/** The differences between tensors and those of an architecture. */
export interface Likeness {
  /** The tensors that differ, each with the way it does: missing, of another shape, or not in the architecture. */
  readonly differences: readonly string[]
  /** The number of tensors that the architecture has. */
  readonly count: number
}

/** The options for making a network from a file's tensors. */
export interface BuildOptions {
  /** The shape of an example; default the one that the network was made for. */
  readonly input?: Shape
}

/** A network made of a file's tensors. */
export interface BuiltNetwork {
  /** Blocks up to the last map before pooling, batch normalisation folded. The caller owns the parameters. */
  readonly source: SourceNetwork<OpenBlock>
  /**
   * The rest of the network; undefined if the file has no classifier of this architecture. The caller owns the
   * parameters.
   */
  readonly head: OpenBlock | undefined
  readonly input: Shape
  /** The tensors that are used. */
  readonly used: ReadonlySet<string>
  readonly facts: Readonly<Record<string, string>>
}

/** A network that can be recognised in a file of bare tensors. */
export interface Architecture {
  /** `torchvision mobilenet_v2` */
  readonly name: string
  readonly recognise: (tensors: TensorTable) => Likeness
  /** Makes the network from tensors without differences. Throws `ImportError`. */
  readonly build: (tensors: TensorTable, options: BuildOptions) => BuiltNetwork
  /** The layers and modules of the network, by which it is written too; absent if there is no plan. */
  readonly plan?: (tensors: TensorTable, input?: Shape) => NetworkPlan
}
