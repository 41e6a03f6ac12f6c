import type { SourceSpec } from '../sources/source.ts'

/** A question for advice, as data. */
export interface AdviseSpec {
  readonly source: SourceSpec
  /** A data spec, such as `mnist:5-9`, or a folder of images. Its test data are not looked at. */
  readonly target: string
  /** Labelled examples of each class, drawn with the seed as a comparison draws them; all that there are unless given. */
  readonly shots: number | undefined
  readonly seed: number
  /** Examples per step where steps are measured; as the source asks for unless given. */
  readonly batch: number | undefined
  readonly backend: string
  /** Takes a source network that cannot be told from chance, too; it is refused unless this is set. */
  readonly allowUntrained?: boolean
}
