import { messageOf, ShapeError, type Json } from '@ptu/core'
import { serial } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import type { ParamTree, Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { flatLinks, type Link } from '../architectures/flat-chain.ts'
import { disposeMatched, matchNetwork, type MatchedNetwork } from '../architectures/match-network.ts'
import { architectures } from '../architectures/table.ts'
import { unviewed } from '../architectures/unviewed.ts'
import { ExportError } from '../export-error.ts'
import { configOf } from '../hugging-face/config.ts'
import { typeOf } from '../hugging-face/from-hugging-face.ts'
import { matchedBody } from '../hugging-face/matched-body.ts'
import { configText, huggingFaceOf, type FolderOptions } from '../hugging-face/to-hugging-face.ts'
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
  /** The text of the `config.json` that transformers makes the architecture of, where it is one of transformers. */
  readonly config?: string
  /** The module before the classifier of transformers that changes nothing, because the network has none there. */
  readonly between?: string
}

/** PyTorch's own epsilon of batch normalisation. */
const usual = 1e-5

/**
 * The `state_dict` of a trained network. The layers of a known architecture get its names and layouts, so that its class in
 * Python loads them; any other network gets the names of its blocks. With `origin`, the folder of Hugging Face that its body was opened
 * from, it gets the names of transformers: those of a classifier, or where transformers has none that ends so, those of the body.
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
export const stateDictOf = (
  network: TrainedNetwork,
  input: Shape,
  origin?: Omit<FolderOptions, 'input'>,
): TE.TaskEither<ExportError, WrittenStateDict> =>
  TE.tryCatch(
    async () => (origin && (await ofFolder(network, { ...origin, input }))) ?? ofArchitecture(network, input),
    (cause) => {
      if (cause instanceof ExportError) return cause
      if (cause instanceof ImportError || cause instanceof ShapeError)
        return new ExportError(`${messageOf(cause)}; export with --to onnx or --to layers`, { cause })
      throw cause
    },
  )

/** A network under the names of transformers, whole or but for its head; undefined where it has other layers than its folder. */
const ofFolder = async (network: TrainedNetwork, options: FolderOptions): Promise<WrittenStateDict | undefined> => {
  const whole = await huggingFaceOf(network, options)()
  if (E.isLeft(whole)) return bodyOfFolder(network, options).catch(unlessBug)
  const { architecture, ...folder } = whole.right
  return { architecture: `transformers ${architecture}`, hasHead: true, ...folder }
}

const unlessBug = (cause: unknown): undefined => {
  if (!(cause instanceof ExportError || cause instanceof ImportError || cause instanceof ShapeError)) throw cause
}

const bodyOfFolder = async (network: TrainedNetwork, { config, input }: FolderOptions) => {
  const values = configOf(config)
  const [prefix = ''] = typeOf(values).prefixes
  const matched =
    matchedBody(network, { config, prefix, pooling: 'class', input }) ??
    matchedBody(network, { config, prefix, pooling: 'mean', input })
  if (matched === undefined) return undefined
  try {
    const head = ownHead(network, matched)
    if (head === undefined) return undefined
    const text = configText({
      ...(values.values as Readonly<Record<string, Json>>),
      architectures: [],
      dtype: 'float32',
    })
    return { ...(await known(matched, head)), architecture: 'transformers AutoModel', config: text }
  } finally {
    disposeMatched(matched, network.params)
  }
}

const ofArchitecture = async (network: TrainedNetwork, input: Shape): Promise<WrittenStateDict> => {
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
