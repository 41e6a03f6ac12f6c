import { decisiveMargin, type Evidence, type Hypothesis, type HypothesisEvidence } from '@ptu/strategies'

import { sourceSummary } from '../run/experiment.ts'
import type { Advice, AdviceOption } from './advice.ts'
import type { AdviseContext } from './advise.ts'
import type { WeighedOption } from '../run/weigh.ts'
import { adviceOf, hypothesisName, methodOf, outcomeOf, reasonOf, stateOf } from './words.ts'

/** Four bytes a number. */
const numberSize = 4

/** Puts the document together. */
export const adviceFrom = (context: AdviseContext): Advice => {
  const { spec, tools, source, opened, looked, backend, weighed, began } = context
  const { evidence } = weighed
  const from = source.frozen
  const count = from + evidence.blocks.length
  const blocks = blocksOf(context)
  const parameters = opened.facts.parameters + (weighed.options[0]?.head ?? 0)
  const outcome = outcomeOf(evidence, decisiveMargin)
  return {
    schema: 'ptu-advice/1',
    versions: tools.versions,
    backend,
    source: sourceSummary(source, opened),
    data: {
      target: spec.target,
      shots: spec.shots ?? null,
      seed: spec.seed,
      classes: looked.examples.classes,
      labelled: looked.labelled,
      used: evidence.cost.examples,
      known: looked.known,
    },
    judge: evidence.judge,
    margin: decisiveMargin,
    outcome,
    advantage: evidence.advantage,
    blocks,
    advice: adviceOf(blocks.map(({ state }) => state)),
    reason: reasonOf(evidence, decisiveMargin, from, count),
    method: methodOf(evidence),
    hypotheses: evidence.hypotheses.map(({ hypothesis, weight, loss, standardError, score }) => ({
      name: hypothesisName(hypothesis, from, count),
      ...{ weight, loss, standardError, score },
    })),
    options: weighed.options.map((option) => optionOf(option, evidence)),
    parameters,
    bytes: numberSize * parameters,
    seconds: (tools.now() - began) / 1000,
  }
}

const blocksOf = ({ source, opened, weighed: { evidence } }: AdviseContext): Advice['blocks'] => {
  const frozen = opened.network.blocks.slice(0, source.frozen)
  return [
    ...frozen.map(({ name }) => ({ block: name, state: 'as it is' as const, update: 0, fineTune: 1 })),
    ...evidence.blocks.map(({ block, update, fineTune }) => ({
      ...{ block, state: stateOf({ update, fineTune }), update, fineTune },
    })),
  ]
}

/** Tests for the hypothesis that a method acts on. */
const actsOn: Readonly<Record<string, (hypothesis: Hypothesis, blocks: number) => boolean>> = {
  'share-all': ({ kind }) => kind === 'frozen',
  scratch: (hypothesis) => hypothesis.kind === 'adapted' && hypothesis.depth === 0 && hypothesis.above === 'random',
  'fine-tune-all': (hypothesis, blocks) => hypothesis.kind === 'adapted' && hypothesis.depth === blocks,
}

const optionOf = ({ method, trainable, seconds }: WeighedOption, evidence: Evidence): AdviceOption => {
  const { hypotheses, blocks } = evidence
  const usual = hypotheses.find(({ hypothesis }) => actsOn['fine-tune-all']?.(hypothesis, blocks.length))
  const best = hypotheses.reduce((a, b) => (b.score > a.score ? b : a))
  const own = method === 'ptu-evidence' ? best : hypothesisOf(method, evidence)
  const { loss, standardError, score } = own ?? best
  return { method, loss, standardError, advantage: score - (usual?.score ?? 0), trainable, seconds }
}

/** The unit starts from the source as fine-tuning does: evidence before training cannot tell the two. */
const hypothesisOf = (method: string, { hypotheses, blocks }: Evidence): HypothesisEvidence | undefined => {
  const holds = actsOn[method] ?? actsOn['fine-tune-all']
  return hypotheses.find(({ hypothesis }) => holds?.(hypothesis, blocks.length))
}
