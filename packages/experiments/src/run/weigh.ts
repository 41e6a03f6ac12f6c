import { OptionError } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { disposeSource, rescaleProblem, type OpenBlock, type RescaleOptions, type SourceNetwork } from '@ptu/networks'
import { evidencePlan, type Evidence, type Strategy } from '@ptu/strategies'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, type ExperimentError } from '../errors.ts'
import { builtInMethods } from '../methods/built-in.ts'
import { labelEvidence } from '../methods/label-evidence.ts'
import type { OnStep } from '../progress.ts'
import type { PortableNetwork } from '../sources/portable-network.ts'
import { keysOf, openFor } from '../tasks/few-shot-task.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import { costOfOption, type OptionCost } from './option-costs.ts'

/** A source and labelled examples, as plain data. */
export interface WeighRequest {
  /** The blocks that may learn. */
  readonly network: PortableNetwork
  /** The examples as these blocks read them. */
  readonly labelled: Dataset
  readonly rescales: boolean
  readonly zeroHead: boolean
  readonly rate: number
  readonly batch: number
  readonly seed: number
  /** False if the costs of options are not measured. Default true. */
  readonly measures?: boolean
}

/** A method that a user could take, and its cost. */
export interface WeighedOption extends OptionCost {
  readonly method: string
}

/** The evidence of labelled examples, and the cost of the methods that it speaks about. */
export interface Weighed {
  readonly evidence: Evidence
  readonly options: readonly WeighedOption[]
}

/** The methods that are weighed against each other beside what the evidence itself sets. */
const compared: readonly string[] = ['share-all', 'fine-tune-all', 'ptu', 'scratch']

/** Weighs what of a source transfers to labelled examples, and measures what the ways to use it cost. */
export const weigh = (
  request: WeighRequest,
  onStep: OnStep,
  options: RescaleOptions = {},
): TE.TaskEither<ExperimentError, Weighed> =>
  pipe(
    openFor(request.labelled, request, options),
    TE.flatMap((source) => async () => {
      try {
        return E.right(await weighed(source, request, onStep))
      } catch (cause) {
        if (cause instanceof RunError) return E.left(cause)
        if (cause instanceof OptionError) return E.left(new RunError(cause.message))
        throw cause
      } finally {
        disposeSource(source)
      }
    }),
  )

const weighed = async (
  source: SourceNetwork<OpenBlock>,
  { network, labelled, rescales, zeroHead, rate, batch, seed, measures = true }: WeighRequest,
  onStep: OnStep,
): Promise<Weighed> => {
  const keys = keysOf(seed)
  const { normalisation } = network.input
  const features = source.blocks.reduce((shape, block) => block.output(shape), labelled.shape)
  const head = taskKindOf(labelled).head(labelled.classes.length, features, { zero: zeroHead })
  const rescaled = rescales && rescaleProblem(source) === undefined
  const told = { weighing: 0 }
  const evidence = await labelEvidence(
    { source, rescaled, labelled, normalisation, key: keys.adaptation },
    {
      onStep: (done, kernels) => {
        told.weighing = kernels
        onStep(done, kernels + (measures ? compared.length : 0))
      },
    },
  )
  const plans = measures ? plansOf(source, rate, evidence) : []
  const options: WeighedOption[] = []
  for (const [method, blocks] of plans) {
    onStep(told.weighing + options.length, told.weighing + plans.length)
    const context = { source, labelled, normalisation, head, rate, batch, key: keys.training }
    options.push({ method, ...(await costOfOption(blocks, context)) })
  }
  onStep(told.weighing + plans.length, told.weighing + plans.length)
  return { evidence, options }
}

const plansOf = (
  source: SourceNetwork<OpenBlock>,
  rate: number,
  evidence: Evidence,
): readonly (readonly [string, readonly Strategy[]])[] => [
  ...builtInMethods
    .filter(({ name }) => compared.includes(name))
    .map((method) => [method.name, method.plan(source, { depth: null, rate })] as const),
  ...(evidence.decisive && evidence.blocks.some(({ update }) => update > 0)
    ? [['ptu-evidence', evidencePlan(source, evidence)] as const]
    : []),
]
