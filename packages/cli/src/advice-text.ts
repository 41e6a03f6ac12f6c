import { printable, type Advice, type EvidenceReading } from '@ptu/experiments'

import { byteSize, duration, nats, percent } from './format.ts'
import { table } from './table.ts'

/** An advice as people read it in a terminal. */
export const adviceText = (advice: Advice): string => {
  const { source, method, options, parameters, bytes, seconds } = advice
  return [
    ...(source.warning === null ? [] : [source.warning]),
    dataText(advice),
    ...knownText(advice),
    sourceText(advice),
    '',
    outcomeText(advice),
    advice.reason,
    lossText(advice),
    `to do it: --strategies ${method} with ptu compare`,
    '',
    table(
      ['method', 'expected loss', '±', 'nats to fine-tune-all', 'trains', 'a step'],
      options.map((option) => [
        option.method,
        option.loss.toFixed(2),
        option.standardError.toFixed(2),
        nats(option.advantage),
        String(option.trainable),
        milliseconds(option.seconds),
      ]),
    ),
    '',
    'expected loss: of each example from all others, before training, in nats; nats: of all examples together',
    `folded, each is a plain network of ${parameters} numbers, ${byteSize(bytes)}; advised in ${duration(seconds)}`,
    `the margin is ${advice.margin} nats; docs/results/gates.md says what acting on it brought`,
  ].join('\n')
}

/** The advice on the blocks, and whether the evidence is decisive. */
export const outcomeText = ({ outcome, advice }: Pick<EvidenceReading, 'outcome' | 'advice'>): string =>
  `${outcome === 'undecided' ? 'not decisive, the usual recipe' : 'advice'}: ${advice}`

const milliseconds = (seconds: number): string =>
  `${seconds < 0.01 ? (1000 * seconds).toFixed(1) : (1000 * seconds).toFixed(0)} ms`

const dataText = ({ data: { target, kind, shots, seed, classes, labelled, used } }: Advice): string => {
  const { of, each } = dataWords(kind, classes)
  const drawn = shots === null ? '' : `, ${shots} ${each} drawn with seed ${seed}`
  const looked = used < labelled ? `, ${used} of them looked at` : ''
  return `${labelled} labelled examples ${of} in ${printable(target)}${drawn}${looked}; no test data`
}

/** The labels of examples in words, and the group that so many were drawn for. */
const dataWords = (kind: string, classes: readonly string[]): { readonly of: string; readonly each: string } => {
  if (kind === 'regress')
    return { of: `with numbers (${classes.map(printable).join(', ')})`, each: 'of each tenth of them' }
  return kind === 'multi-label'
    ? { of: `with sets of ${classes.length} labels`, each: 'with each label' }
    : { of: `of ${classes.length} classes`, each: 'of each class' }
}

const knownText = ({ data: { known, used } }: Advice): readonly string[] =>
  known === 0
    ? []
    : [
        `warning: the source was trained on ${known === used ? 'these very examples' : `${known} of these ${used} examples`}, so that the ` +
          'evidence favours it; ask with examples that it has not seen',
      ]

const sourceText = ({ source, blocks }: Advice): string => {
  const names = blocks.map(({ block }, i) => `${i + 1} ${printable(block)}`)
  const shown = names.length > 8 ? [...names.slice(0, 2), '…', ...names.slice(-5)] : names
  const judged = source.accuracy === null ? '' : `, ${percent(source.accuracy)} % on its own test data`
  return `source ${printable(source.title)}${judged}; blocks ${shown.join(', ')}`
}

const lossText = ({ hypotheses, options }: Advice): string => {
  const best = hypotheses.reduce((a, b) => (b.score > a.score ? b : a))
  const usual = options.find(({ method }) => method === 'fine-tune-all')
  const beside = usual === undefined || best.loss === usual.loss ? '' : `, of "everything adapted" ${lossOf(usual)}`
  return `expected loss of "${best.name}": ${lossOf(best)}${beside}`
}

const lossOf = ({ loss, standardError }: Pick<Advice['options'][number], 'loss' | 'standardError'>): string =>
  `${loss.toFixed(2)} ± ${standardError.toFixed(2)}`
