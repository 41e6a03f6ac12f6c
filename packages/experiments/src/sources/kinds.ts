import type { SourceKind } from './source.ts'
import { trainedSource } from './trained-source.ts'

/** The kinds of source that a spec may name; add to this list to make others known. */
export const sourceKinds: readonly SourceKind[] = [trainedSource]
