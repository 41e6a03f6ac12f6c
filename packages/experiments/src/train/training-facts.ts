import { sourceSummary } from '../run/experiment.ts'
import { keptOf, newFiles } from './earlier.ts'
import { inputWords } from './data-kinds.ts'
import { augmentationOf } from './features.ts'
import type { TrainContext, TrainedModel } from './train.ts'
import type { TrainingFacts } from './train-results.ts'

/** The facts of a training that its results tell, whatever was learnt. */
export const trainingFacts = (context: TrainContext): TrainingFacts => {
  const { tools, source, opened, backend, comparison, began } = context
  return {
    versions: tools.versions,
    backend,
    source: sourceSummary(source, opened),
    data: dataOf(context),
    augmentation: { changes: augmentationOf(context), copies: comparison.views?.length ?? 0 },
    seconds: (tools.now() - began) / 1000,
  }
}

/** The notes of a training: those of the data, of the choice among methods, of the evidence. */
export const notesOf = (
  { data, doubt, evidence }: Pick<TrainContext, 'data' | 'doubt' | 'evidence'>,
  notes: readonly string[],
): readonly string[] => [...(data.warnings ?? []), ...told(doubt), ...notes, ...told(evidence.note)]

/** The models of a training with its results. */
export const trainedModel = (
  context: TrainContext,
  models: readonly Uint8Array[],
  results: TrainedModel['results'],
): TrainedModel => ({
  results,
  model: models[0] as Uint8Array,
  second: models[1] ?? null,
  examples: context.data.train,
  files: newFiles(context.data),
  ...(context.data.encoding && { encoding: context.data.encoding }),
  kept: keptOf(context),
})

/** A statement, where there is one. */
const told = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text])

const dataOf = ({ spec, source, data }: TrainContext): TrainingFacts['data'] => ({
  ...(spec.reading !== undefined && { kind: spec.reading.kind }),
  ...inputWords(data.encoding),
  path: spec.data,
  digest: data.digest,
  ...(data.drawnFrom !== undefined && { drawnFrom: data.drawnFrom }),
  classes: data.counts,
  unreadable: data.unreadable,
  frozen: source.frozen,
})
