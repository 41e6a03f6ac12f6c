import { messageOf, ShapeError } from '@ptu/core'
import { serial } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import type { ParamTree, Shape } from '@ptu/tensor'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { flatLinks, type Link } from '../architectures/flat-chain.ts'
import { disposeMatched, matchNetwork, type MatchedNetwork } from '../architectures/match-network.ts'
import { architectures } from '../architectures/table.ts'
import { unviewed } from '../architectures/unviewed.ts'
import { ExportError } from '../export-error.ts'
import type { TrainedNetwork } from '../trained-network.ts'
import type { WrittenTensor } from '../written-tensor.ts'
import { moduleNames, writeLayers, type NamedLayers } from './writing/write-layers.ts'

/** The parameters of a network as PyTorch keeps them. */
export interface WrittenStateDict {
  /** The network whose names and layouts the tensors have: `torchvision mobilenet_v2`; undefined if it is none that is known. */
  readonly architecture: string | undefined
  /** True if the head is the architecture's too; else its tensors are named after the network's last block. */
  readonly hasHead: boolean
  readonly tensors: readonly WrittenTensor[]
}

/** PyTorch's own epsilon of batch normalisation. */
const usual = 1e-5

/**
 * The `state_dict` of a trained network. The layers of a known architecture get its names and layouts, so that its class in
 * Python loads them; any other network gets the names of its blocks.
 *
 * A batch normalisation that was folded away is written with weight 1, no mean, and the bias of its convolution: equal at
 * inference, of no use for its statistics. Borrows the network. A Left names the layer that PyTorch does not have.
 *
 * @example
 * ```ts
 * const network = serial(conv2d(4, 3, { padding: 1 }), relu, flatten, dense(2))
 * const params = network.init(key(0), [8, 8, 3])
 * const written = await stateDictOf({ layer: network, params, blocks: ['conv', 'relu', 'flatten', 'head'] }, [8, 8, 3])()
 * const names = E.isRight(written) ? written.right.tensors.map(({ name }) => name) : []
 * expect(names).toEqual(['conv.weight', 'conv.bias', 'head.weight', 'head.bias'])
 * ```
 */
export const stateDictOf = (network: TrainedNetwork, input: Shape): TE.TaskEither<ExportError, WrittenStateDict> =>
  TE.tryCatch(
    () => written(network, input),
    (cause) => {
      if (cause instanceof ExportError) return cause
      if (cause instanceof ImportError || cause instanceof ShapeError)
        return new ExportError(`${messageOf(cause)}; export with --to onnx or --to layers`, { cause })
      throw cause
    },
  )

const written = async (network: TrainedNetwork, input: Shape): Promise<WrittenStateDict> => {
  const links = flatLinks(network)
  const classes = network.layer.output(input).at(-1) ?? 1
  const matched = matchNetwork(architectures, { links, input, classes })
  if (matched === undefined) return ownNames(network, input)
  try {
    const head = matched.head ?? ownHead(network, matched)
    return head === undefined && matched.rest.length > 0 ? await ownNames(network, input) : await known(matched, head)
  } finally {
    disposeMatched(matched, network.params)
  }
}

const known = async (matched: MatchedNetwork, head: NamedLayers | undefined): Promise<WrittenStateDict> => ({
  architecture: matched.architecture,
  hasHead: matched.head !== undefined,
  tensors: [
    ...unviewed(await writeLayers(matched.body), matched.views),
    ...(head === undefined ? [] : await writeLayers(head)),
  ],
})

/** The parts of a network with their names. */
const partsOf = ({ layer, params, blocks = [] }: TrainedNetwork): readonly (Link & { readonly name: string })[] => {
  const { structure } = layer
  const each = params as readonly ParamTree[]
  return structure.kind === 'composite' && structure.flow === 'chain'
    ? structure.parts.map((part, i) => ({ layer: part, params: each[i] ?? [], name: blocks[i] ?? String(i) }))
    : [{ layer, params, name: blocks[0] ?? 'network' }]
}

/** The last part of a network, if it is all that an architecture does not have. */
const ownHead = (network: TrainedNetwork, { body, rest }: MatchedNetwork): NamedLayers | undefined => {
  const head = partsOf(network).at(-1)
  if (head === undefined || flatLinks(head).length !== rest.length) return undefined
  return {
    ...{ layer: head.layer, params: head.params, epsilon: usual },
    input: body.layer.output(body.input),
    modules: moduleNames(head.layer, head.name),
  }
}

const ownNames = async (network: TrainedNetwork, input: Shape): Promise<WrittenStateDict> => {
  const parts = partsOf(network)
  return {
    architecture: undefined,
    hasHead: false,
    tensors: await writeLayers({
      layer: serial(...parts.map(({ layer }) => layer)),
      params: parts.map(({ params }) => params),
      modules: parts.flatMap(({ layer, name }) => moduleNames(layer, name)),
      ...{ input, epsilon: usual },
    }),
  }
}
