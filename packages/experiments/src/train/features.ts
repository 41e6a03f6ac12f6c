import { concat, type Dataset } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { Comparison } from '../run/comparison.ts'
import { freezeOnWorkers } from '../run/freeze-on-workers.ts'
import { showing } from '../run/showing.ts'
import type { RunRecord } from '../run/store.ts'
import type { PortableNetwork } from '../sources/portable-network.ts'
import type { OpenedSource } from '../sources/source.ts'
import { inSharedMemory } from '../tasks/shared-memory.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import { viewCount, viewOf, type AugmentationName } from './augmentation.ts'
import { taskOf } from './gather-data.ts'
import { normalisedInputs } from './probe.ts'
import { regimeFor } from './recipes.ts'
import type { Begun } from './train.ts'

/** The changes of pictures that a training asks for, else those that the recipes for its labels have. */
export const augmentationOf = ({
  spec,
  data,
  source,
}: Pick<Begun, 'spec' | 'data' | 'source'>): readonly AugmentationName[] =>
  spec.augment ?? regimeFor(source.regime.recipes, labelsEach(data)).augment

/** The number of labels that decides the length of training: of classes, the median of each. */
const labelsEach = ({ train, counts }: Begun['data']): number =>
  taskKindOf(train).labelsEach(counts.map(({ train: examples }) => examples))

/** The comparison that trainings take place in: the first blocks of the source computed once, for changed copies too. */
export const encodedExamples = (
  begun: Begun,
  { network }: OpenedSource,
  record: RunRecord,
): TaskEither<ExperimentError, Comparison> => {
  const { spec, source, data } = begun
  const { regime } = source
  const shots = labelsEach(data)
  const shared = {
    ...{ shots, rates: regime.rates, rate: regime.rate, rescales: regime.rescales, zeroHead: regime.zeroHead },
    steps: spec.steps ?? regime.steps(shots),
    batch: spec.batch ?? regime.batch,
    record,
    sourceData: source.data?.digest ?? null,
  }
  return pipe(
    cut(begun, network, data.train, 'frozen blocks'),
    TE.map(({ features, ...parts }) => ({ ...parts, all: afterEarlier(source, features) })),
    TE.bindTo('own'),
    TE.bind('views', ({ own }) => viewsOf(begun, network, own.all)),
    TE.map(({ own: { prefix, rest, all }, views }) => ({
      ...shared,
      prefix,
      network: rest,
      target: { ...taskOf(data), train: all, test: all },
      ...(views.length > 0 && { views }),
    })),
  )
}

/** A network before and after its cut, and examples as they arrive there. */
interface Cut {
  readonly prefix: PortableNetwork | null
  readonly rest: PortableNetwork
  readonly features: Dataset
}

const cut = (
  { source: { frozen: count }, workers, tools }: Begun,
  network: PortableNetwork,
  examples: Dataset,
  title: string,
): TaskEither<ExperimentError, Cut> =>
  count === 0
    ? TE.right({ prefix: null, rest: network, features: examples })
    : pipe(
        showing(tools.progress, title, (tell) =>
          freezeOnWorkers(workers, { network, count, datasets: [examples] }, tell),
        ),
        TE.map(({ prefix, rest, datasets: [features = examples] }) => ({ prefix, rest, features })),
      )

/** The examples of an earlier training, as they were kept, and after them new ones. */
const afterEarlier = ({ earlier }: Begun['source'], features: Dataset): Dataset =>
  earlier === undefined
    ? features
    : inSharedMemory(concat({ ...earlier.examples, classes: features.classes }, features))

/** The changed copies of all pictures, one after another so that their pixels are never all in memory. */
const viewsOf = (
  begun: Begun,
  network: PortableNetwork,
  { features }: Dataset,
): TaskEither<ExperimentError, readonly Dataset[]> => {
  const names = augmentationOf(begun)
  const { spec, data } = begun
  return pipe(
    Array.from({ length: viewCount({ names, bytes: features.byteLength }) }, (_, view) => view),
    TE.traverseSeqArray((view) => () => {
      const changed = viewOf(data.train, names, spec.seed, view)
      return pipe(
        cut(begun, network, changed, `changed copies, ${view + 1}`),
        TE.map((made) => afterEarlier(begun.source, made.features)),
      )()
    }),
  )
}

/**
 * One vector for each example, which the linear probe reads: the inputs as they are normalised, or the outputs of the whole
 * network averaged over positions.
 */
export const vectorsFor = (
  { workers, source, tools: { progress } }: Pick<Begun, 'workers' | 'source' | 'tools'>,
  { network, examples }: { readonly network: PortableNetwork; readonly examples: Dataset },
): TaskEither<ExperimentError, Dataset> => {
  if (source.regime.probe === 'inputs') return TE.right(normalisedInputs(examples, network.input.normalisation))
  return pipe(
    showing(progress, 'features', (tell) =>
      freezeOnWorkers(workers, { network, count: network.blocks.length, datasets: [examples], pooled: true }, tell),
    ),
    TE.map(({ datasets: [vectors = examples] }) => vectors),
  )
}
