/** The facts of a source network's training. */
export interface SourceFacts {
  /** On the source's own test data, from 0 to 1; null where they are not known. */
  readonly accuracy: number | null
  /** The accuracy of always naming the commonest class of those test data; null where they are not known. */
  readonly chance: number | null
  /** Without the head. */
  readonly parameters: number
  /** The seconds of its training, whenever that was. */
  readonly seconds: number
}
