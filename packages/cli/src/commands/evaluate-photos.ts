import { parseSource, readPhotos, type PhotoColumns, type SourceSpec } from '@ptu/data'
import { digestOfPhotos, toRunError, UsageError, type ExperimentError, type ModelFacts } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { TestExamples } from './evaluate-data.ts'

type PhotoModel = Pick<ModelFacts, 'image' | 'columns' | 'classes' | 'task' | 'targetData'>

/** The path of a table of images that a model is to be tested on, with the column that a specification names. */
interface PhotoTable {
  readonly path: string
  readonly label: string | undefined
}

/** The table of images that data name: a file, or the folder that it lies in; undefined where the folders are the classes. */
export const photoTable = (data: string, { image, task }: PhotoModel): PhotoTable | undefined => {
  const parsed = parseSource(data)
  if (image === null || E.isLeft(parsed)) return undefined
  const spec: SourceSpec = parsed.right
  if (spec.kind === 'table') return { path: spec.path, label: spec.label }
  return spec.kind === 'images' && task !== undefined ? { path: spec.folder, label: spec.columns?.label } : undefined
}

/** The columns that a model remembers; another one of labels takes the place of the only one. */
const columnsOf = ({ columns }: PhotoModel, label: string | undefined): PhotoColumns => {
  const { target, ...own } = columns ?? {}
  if (label === undefined) return { ...columns }
  if (target === undefined || target.columns.length > 1)
    return { ...own, target, ...(target === undefined && { label }) }
  return { ...own, label, target: { ...target, columns: [label] } }
}

/** Reads the images of a table as a model of images does: its rule, its columns, its labels. */
export const photosAt = (
  { path, label }: PhotoTable,
  facts: PhotoModel,
): TE.TaskEither<ExperimentError, TestExamples> => {
  const { image, classes, targetData } = facts
  if (image === null) return TE.left(new UsageError('expected a model of images'))
  return pipe(
    readPhotos(path, image, { columns: columnsOf(facts, label), classes }),
    TE.mapLeft(toRunError),
    TE.flatMapTask(({ train, files, unreadable: [first, ...others], warnings }) => async (): Promise<TestExamples> => {
      const isSame = (await digestOfPhotos(train, undefined)) === targetData
      const count = others.length + 1
      return {
        ...{ examples: train, names: files.train, seen: isSame ? ('trained on' as const) : ('new' as const) },
        notes: [
          ...warnings,
          ...(first === undefined
            ? []
            : [
                `${count === 1 ? '1 image is' : `${count} images are`} left out, for instance ${first.path}: ${first.why}`,
              ]),
        ],
      }
    }),
  )
}
