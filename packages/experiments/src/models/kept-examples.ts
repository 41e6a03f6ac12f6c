import { integer, list, literal, string, struct, type Decoder } from '@ptu/config'
import { isRecord } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { fromSpec } from '@ptu/layers'
import { disposeSource, type NamedLayer } from '@ptu/networks'
import { decodeParams, disposeParams, encodeParams, type ParamTree } from '@ptu/tensor'
import { Tensor, tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, toRunError } from '../errors.ts'
import { inputRule, openNetwork, portable, type InputRule, type PortableNetwork } from '../sources/portable-network.ts'
import { readMetadata } from './metadata.ts'

/** The examples of a training, so that a later one can be trained on them too. */
export interface KeptExamples {
  /** The examples as the frozen blocks give them. */
  readonly examples: Dataset
  /** The file of each example. */
  readonly files: readonly string[]
  /** The digest of the frozen blocks, see `PortableNetwork`. */
  readonly prefix: string
  /** The number of frozen blocks. */
  readonly cut: number
  /** The blocks after them as they were before the training. */
  readonly rest: PortableNetwork
}

/** The part of {@link KeptExamples} that is no tensor. */
interface KeptFacts {
  readonly format: 'ptu-examples/1'
  readonly classes: readonly string[]
  readonly files: readonly string[]
  readonly prefix: string
  readonly cut: number
  readonly blocks: readonly { readonly name: string; readonly spec: unknown }[]
  readonly input: InputRule
}

const factsDecoder: Decoder<KeptFacts> = struct({
  format: literal('ptu-examples/1'),
  classes: list(string, { min: 2 }),
  files: list(string, { min: 1, max: 10_000_000 }),
  prefix: string,
  cut: integer({ min: 1 }),
  blocks: list(struct({ name: string, spec: (input: unknown) => E.right(input) }), { min: 1 }),
  input: inputRule,
})

/** The bytes of the file of kept examples: safetensors. */
export const encodeKept = async ({ examples, files, prefix, cut, rest }: KeptExamples): Promise<Uint8Array> => {
  const opened = await openNetwork(rest)()
  if (E.isLeft(opened)) throw opened.left // it was made in this run
  const { shape, features, labels, classes } = examples
  const tensors = {
    features: tensor(Float32Array.from(features), [labels.length, ...shape]),
    labels: tensor(Int32Array.from(labels), [labels.length], 'int32'),
  }
  const facts: KeptFacts = {
    format: 'ptu-examples/1',
    classes,
    files,
    prefix,
    cut,
    blocks: rest.blocks,
    input: rest.input,
  }
  const params = opened.right.blocks.map((block) => block.params)
  const bytes = await encodeParams({ ...tensors, params }, { examples: JSON.stringify(facts) })
  disposeParams(tensors)
  disposeSource(opened.right)
  return bytes
}

/** Reads what {@link encodeKept} wrote, or anything that claims to be it: nothing in it is trusted. */
export const decodeKept = (bytes: Uint8Array): TE.TaskEither<RunError, KeptExamples> =>
  pipe(
    decodeParams(bytes),
    TE.mapLeft(toRunError),
    TE.flatMap(({ params, metadata }) =>
      TE.tryCatch(
        async () => {
          try {
            return await checked(params, readMetadata(factsDecoder, metadata['examples']))
          } finally {
            disposeParams(params)
          }
        },
        (cause) => toRunError(cause as Error),
      ),
    ),
  )

const checked = async (tree: ParamTree, facts: KeptFacts | undefined): Promise<KeptExamples> => {
  if (facts === undefined || !isRecord(tree)) throw new RunError('it does not hold examples of ptu train')
  const { features, labels, params } = tree
  const { classes, files, prefix, cut, input } = facts
  if (!(features instanceof Tensor) || !(labels instanceof Tensor) || !Array.isArray(params))
    throw new RunError('expected features, labels and params')
  const shapes = [features.shape.join(), labels.shape.join(), labels.dtype, params.length].join(' ')
  const wanted = [[files.length, ...input.shape].join(), files.length, 'int32', facts.blocks.length].join(' ')
  if (shapes !== wanted) throw new RunError(`expected tensors of ${wanted}, got ${shapes}`)
  const [values, own] = [(await features.data()) as Float32Array, (await labels.data()) as Int32Array]
  if (own.some((label) => !(label >= 0 && label < classes.length))) throw new RunError('a label has no class')
  if (values.some((value) => !Number.isFinite(value))) throw new RunError('expected finite features')
  const rest = await portable(bodyOf(facts), params as readonly ParamTree[], input)
  const examples = { shape: input.shape, features: values, labels: own, classes }
  return { examples, files, prefix, cut, rest }
}

const bodyOf = ({ blocks }: KeptFacts): readonly NamedLayer[] =>
  blocks.map(({ name, spec }) => {
    const layer = fromSpec(spec)
    if (E.isLeft(layer)) throw layer.left
    return { name, layer: layer.right }
  })
