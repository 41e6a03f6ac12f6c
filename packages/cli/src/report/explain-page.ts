import { printable } from '@ptu/experiments'

import type { Explained } from '../explain/explain.ts'
import type { Explanation } from '../explain/explanation.ts'
import { questions, seenWords } from '../explain/words.ts'
import { countedOf, duration } from '../format.ts'
import { breaksParts } from './explain-breaks.ts'
import { certaintyParts } from './explain-certainty.ts'
import { changesParts } from './explain-changes.ts'
import { leaningParts } from './explain-leaning.ts'
import { element, type Markup } from './markup.ts'
import { htmlPage } from './page.ts'
import { styleSheet } from './style.ts'
import { trainStyle } from './train-report-style.ts'
import { shown } from './train-report-text.ts'

type Part = keyof Explanation['answers']

/** The styles of this page besides those of other reports. */
const style = `
.answers dt { color: var(--ink); font-weight: 600; } .answers { display: block; }
.answers dd { margin: 0 0 .8rem; }
.heats { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1.2rem; padding: 0; list-style: none; }
.heats li { display: flex; flex-direction: column; font-size: .85rem; line-height: 1.35; } .heats span { color: var(--quiet); }
.pair { display: flex; gap: .5rem; margin-bottom: .3rem; } .pair img { background: #ffffff; display: block; image-rendering: auto; }
.layers { position: relative; } .layers .grey { filter: grayscale(1); } .layers .heat { position: absolute; inset: 0; background: none; image-rendering: pixelated; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem 2rem; } .charts figure { max-width: 340px; }
.shifts .wrong { background: color-mix(in srgb, var(--fine-tune) var(--part), transparent); }
@media (max-width: 600px) { th { white-space: normal; } }
svg .curve { stroke: var(--share); stroke-width: 2; }
`

/** The self-contained page of an explanation: answers in words, then each with pictures, tables, and what it cost. */
export const explainPage = async (explained: Explained): Promise<string> => {
  const { document } = explained
  const { model, data, answers } = document
  const title = `Explanation of ${shown(model.path)}`
  const warning = seenWords(data)
  const parts: Readonly<Record<Part, readonly Markup[]>> = {
    leaning: await leaningParts(explained),
    certainty: certaintyParts(document),
    breaks: breaksParts(document),
    changes: changesParts(document),
  }
  const names = Object.keys(questions) as readonly Part[]
  const body = element(
    'main',
    {},
    element('h1', {}, title),
    ...(warning === undefined ? [] : [element('p', { class: 'warning' }, warning)]),
    element(
      'dl',
      { class: 'answers verdict' },
      ...names.flatMap((name) => [element('dt', {}, questions[name]), element('dd', {}, printable(answers[name]))]),
    ),
    ...data.notes.map((note) => element('p', { class: 'quiet' }, shown(note))),
    ...names.flatMap((name) => [
      element('h2', {}, questions[name]),
      ...parts[name],
      element('p', { class: 'quiet' }, costWords(document.cost[name])),
    ]),
    element('h2', {}, 'How it was found'),
    settingsList(document),
  )
  return htmlPage(title, styleSheet + trainStyle + style, body)
}

const costWords = ({ passes, seconds }: Explanation['cost'][Part]): string =>
  `Cost: ${passes === 0 ? 'no pass' : passes === 1 ? '1 pass' : `${passes} passes`} through the model, ${duration(seconds)}.`

const settingsList = ({ model, data, seed, quick, backend, versions }: Explanation): Markup => {
  const entries: Readonly<Record<string, string>> = {
    model: `${model.path}, made by ${model.method}, ${model.parameters} parameters`,
    classes: model.classes.join(', '),
    data: `${countedOf(data.count, data.many)} of ${data.path}`,
    seed: String(seed),
    quick: quick ? 'yes: fewer pictures, severities and examples' : 'no',
    backend,
    ...versions,
  }
  return element(
    'dl',
    {},
    ...Object.entries(entries).flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, shown(value))]),
  )
}
