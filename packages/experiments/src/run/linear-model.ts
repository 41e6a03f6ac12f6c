import { dense, globalAveragePool, serial } from '@ptu/layers'
import { disposeSource } from '@ptu/networks'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { tensor1d, tensor2d } from '@tensorflow/tfjs-core'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { TaskFacts } from '../models/task-facts.ts'
import { openNetwork } from '../sources/portable-network.ts'
import { shared } from '../tasks/shared-memory.ts'
import type { Comparison } from './comparison.ts'
import { encodeWhole } from './whole-model.ts'

/** A linear classifier on the pooled outputs of a frozen network, or on inputs. */
export interface LinearRequest {
  readonly comparison: Comparison
  /** `[size, classes]`. */
  readonly weights: Float32Array
  /** `[classes]`. */
  readonly bias: Float32Array
  /** The numbers that the classifier reads: the outputs of the network, or normalised inputs. */
  readonly reads: 'inputs' | 'features'
  readonly seed: number
  /** The facts that the model remembers of a task without classes. */
  readonly task?: TaskFacts | undefined
}

/** The bytes of a model's file: the network unchanged, with a linear head. */
export const linearModel = (request: LinearRequest): TE.TaskEither<ExperimentError, Uint8Array> => {
  const { comparison, weights, bias, reads, seed, task } = request
  return pipe(
    openNetwork(comparison.network),
    TE.flatMapTask((source) => async () => {
      const { classes } = comparison.target.train
      const blocks = reads === 'inputs' ? [] : source.blocks
      const shape = blocks.reduce((at, block) => block.output(at), comparison.network.input.shape)
      const kernel = tensor2d(weights, [weights.length / classes.length, classes.length])
      const head = { kernel, bias: tensor1d(bias) }
      const isMap = shape.length === 3
      const layer = isMap ? serial(globalAveragePool, dense(classes.length)) : dense(classes.length)
      const params: readonly ParamTree[] = [
        ...blocks.map((block) => block.params),
        isMap ? ([[], head] as const) : head,
      ]
      const network = serial(...blocks.map((block) => block.layer), layer)
      const facts = {
        classes,
        method: 'probe',
        rate: 1,
        seed,
        steps: 1,
        accuracy: null,
        gates: [],
        ...(task && { task }),
      }
      const read = {
        ...comparison,
        network: { ...comparison.network, blocks: comparison.network.blocks.slice(0, blocks.length) },
      }
      const bytes = await encodeWhole(read, { network, params }, facts)
      disposeParams(head)
      disposeSource(source)
      return shared(bytes)
    }),
  )
}
