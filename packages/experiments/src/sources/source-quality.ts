import * as E from 'fp-ts/lib/Either.js'

import { RunError } from '../errors.ts'
import { percent } from '../results/words.ts'
import { labelCount } from '../tasks/task-data.ts'
import type { OpenedSource, PreparedSource } from './source.ts'
import type { SourceFacts } from './source-facts.ts'

/** The quality of a source network on its own task. */
export interface SourceQuality {
  /** On its own test data, from 0 to 1; null if they are not known. */
  readonly accuracy: number | null
  /** The accuracy of always naming the commonest class of those test data. */
  readonly chance: number | null
  /** The number of labels of those test data. */
  readonly testLabels: number | null
}

/** A network fewer standard errors above chance than this may have learnt nothing. */
const untrainedBelow = 2

/** A network fewer standard errors above chance than this is near it. */
const nearBelow = 3

/** A network is near chance below this part of the way from chance to 1, however many labels tell it from chance. */
const nearPart = 0.2

interface Standing {
  readonly accuracy: number
  readonly chance: number
  /** The distance from chance in standard errors. */
  readonly errors: number
}

const standingOf = ({ accuracy, chance, testLabels }: SourceQuality): Standing | undefined => {
  if (accuracy === null || chance === null || testLabels === null) return undefined
  const error = Math.sqrt((chance * (1 - chance)) / testLabels)
  return { accuracy, chance, errors: (accuracy - chance) / error }
}

const told = ({ accuracy, chance }: Standing): string =>
  `the source network is right for ${percent(accuracy)} % of its own test data, where always naming the commonest class is ` +
  `right for ${percent(chance)} %`

/**
 * The warning for the first line of any result from a source near chance; undefined for a better source.
 *
 * Near means less than 3 standard errors above chance, or less than a fifth of the way from chance to 1. A standard
 * error is `√(c·(1 − c) / n)` for chance `c` and `n` test labels. Undefined if accuracy or chance are not known.
 *
 * @example
 * ```ts
 * expect(sourceWarning({ accuracy: 0.36, chance: 0.33, testLabels: 300 })).toContain('right for 36.0 %')
 * expect(sourceWarning({ accuracy: 0.96, chance: 0.2, testLabels: 300 })).toBeUndefined()
 * ```
 */
export const sourceWarning = (quality: SourceQuality): string | undefined => {
  const standing = standingOf(quality)
  if (standing === undefined) return undefined
  const { accuracy, chance, errors } = standing
  const isNear = errors < nearBelow || accuracy - chance < nearPart * (1 - chance)
  return isNear ? `Near chance: ${told(standing)}. There is little to transfer.` : undefined
}

/** The number of labels of a source's own test data; null if they are not known. */
export const testLabelsOf = ({ data }: Pick<PreparedSource, 'data'>): number | null =>
  data === undefined ? null : labelCount(data.test)

/** The quality of an opened source on its own task. */
export const qualityOf = (
  source: Pick<PreparedSource, 'data'>,
  { accuracy, chance }: Pick<SourceFacts, 'accuracy' | 'chance'>,
): SourceQuality => ({ accuracy, chance, testLabels: testLabelsOf(source) })

/** Refuses a source network that is less than 2 standard errors above chance on its own test data. */
export const trainedEnough = (
  source: Pick<PreparedSource, 'data' | 'spec' | 'title'>,
  { facts }: Pick<OpenedSource, 'facts'>,
): E.Either<RunError, unknown> => {
  const standing = standingOf(qualityOf(source, facts))
  if (standing === undefined || !(standing.errors < untrainedBelow)) return E.right(undefined)
  return E.left(
    new RunError(
      `${source.title}${epochsOf(source.spec)}: ${told(standing)}. Nothing was learnt that could be transferred; ` +
        `${source.spec['epochs'] === null ? 'give it more data' : 'raise --epochs'}, name another --body (mlp fits ` +
        'tables), or transfer it as it is with --allow-untrained',
    ),
  )
}

const epochsOf = ({ epochs }: PreparedSource['spec']): string => {
  if (epochs === null) return ', for as long as validation asked for'
  return typeof epochs === 'number' ? ` for ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}` : ''
}
