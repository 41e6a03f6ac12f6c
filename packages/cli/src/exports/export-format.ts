import type { ExperimentError, LoadedModel } from '@ptu/experiments'
import type * as TE from 'fp-ts/lib/TaskEither.js'

/** The models of a folder, one or two whose probabilities are averaged, and the options of the export. */
export interface Exported {
  readonly models: readonly [LoadedModel, ...LoadedModel[]]
  /** The order of the axes of images. */
  readonly layout: 'nhwc' | 'nchw'
}

/** The files of an export by their names, and what to say of them. */
export interface ExportedFiles {
  readonly files: ReadonlyMap<string, Uint8Array | string>
  /** Lines for people. */
  readonly words: readonly string[]
}

/** A format that models can be written in. */
export interface ExportFormat {
  /** The description of the format in the help. */
  readonly help: string
  /** The names of all files that it may write. */
  readonly names: readonly string[]
  /** Makes the files; a Left names the layer that the format does not have. */
  readonly files: (exported: Exported) => TE.TaskEither<ExperimentError, ExportedFiles>
}
