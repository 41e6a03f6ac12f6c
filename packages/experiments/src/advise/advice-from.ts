import type { Evidence, HypothesisEvidence } from '@ptu/strategies'

import { sourceSummary } from '../run/experiment.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import type { Advice, AdviceOption } from './advice.ts'
import type { AdviseContext } from './advise.ts'
import type { WeighedOption } from '../run/weigh.ts'
import { readEvidence, usualOf } from './reading.ts'

/** Four bytes a number. */
const numberSize = 4

/** Puts the document together. */
export const adviceFrom = (context: AdviseContext): Advice => {
  const { spec, tools, source, opened, looked, backend, weighed, began } = context
  const { evidence } = weighed
  const frozen = opened.network.blocks.slice(0, source.frozen).map(({ name }) => name)
  const { examples: used, ...reading } = readEvidence(evidence, frozen)
  const parameters = opened.facts.parameters + (weighed.options[0]?.head ?? 0)
  return {
    schema: 'ptu-advice/1',
    versions: tools.versions,
    backend,
    source: sourceSummary(source, opened),
    data: {
      target: spec.target,
      kind: taskKindOf(looked.examples).name,
      shots: spec.shots ?? null,
      seed: spec.seed,
      classes: looked.examples.classes,
      labelled: looked.labelled,
      used,
      known: looked.known,
    },
    ...reading,
    options: weighed.options.map((option) => optionOf(option, evidence)),
    parameters,
    bytes: numberSize * parameters,
    seconds: (tools.now() - began) / 1000,
  }
}

const optionOf = ({ method, trainable, seconds }: WeighedOption, evidence: Evidence): AdviceOption => {
  const best = evidence.hypotheses.reduce((a, b) => (b.score > a.score ? b : a))
  const usual = usualOf(evidence)
  const own = method === 'ptu-evidence' ? best : (actsOn[method]?.(evidence) ?? usual)
  const { loss, standardError, score } = own ?? best
  return { method, loss, standardError, advantage: score - (usual?.score ?? 0), trainable, seconds }
}

/**
 * The hypotheses that methods act on; those of other methods are the usual one.
 *
 * The unit starts from the source as fine-tuning does: evidence before training cannot tell the two.
 */
const actsOn: Readonly<Record<string, (evidence: Evidence) => HypothesisEvidence | undefined>> = {
  'share-all': ({ hypotheses }) => hypotheses.find(({ hypothesis }) => hypothesis.kind === 'frozen'),
  scratch: ({ hypotheses }) =>
    hypotheses.find(({ hypothesis: h }) => h.kind === 'adapted' && h.depth === 0 && h.above === 'random'),
}
