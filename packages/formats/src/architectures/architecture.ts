import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import type { StoredTensor } from '../stored-tensor.ts'

/** The tensors of a file by name. */
export type TensorTable = ReadonlyMap<string, StoredTensor>

/** How far tensors are from those of an architecture. */
export interface Likeness {
  /** Each tensor that differs, and how: it is missing, of another shape, or more than the architecture has. */
  readonly differences: readonly string[]
}

/** How a network is made of a file's tensors. */
export interface BuildOptions {
  /** The shape of an example; default the one that the network was made for. */
  readonly input?: Shape
}

/** A network made of a file's tensors. */
export interface BuiltNetwork {
  /** Blocks up to the last map before pooling, batch normalisation folded. The caller owns the parameters. */
  readonly source: SourceNetwork<OpenBlock>
  /** What follows; undefined where the file has no classifier of this architecture. The caller owns the parameters. */
  readonly head: OpenBlock | undefined
  readonly input: Shape
  /** The tensors that are used. */
  readonly used: ReadonlySet<string>
  readonly facts: Readonly<Record<string, string>>
}

/** A network that files of bare tensors can be told to be of. */
export interface Architecture {
  /** `torchvision mobilenet_v2` */
  readonly name: string
  readonly recognise: (tensors: TensorTable) => Likeness
  /** The network, of tensors without differences. Throws `ImportError`. */
  readonly build: (tensors: TensorTable, options: BuildOptions) => BuiltNetwork
}
