import { element, type Markup } from './markup.ts'

/** A table whose first column names its rows. */
export interface TableParts {
  /** Read aloud before the table. */
  readonly caption: string
  readonly head: readonly string[]
  /** Texts become cells; cells stay as they are. */
  readonly rows: readonly (readonly (string | Markup)[])[]
  readonly class?: string
}

/** A table with a caption and heads that belong to their columns and rows. */
export const tableOf = ({ caption, head, rows, class: kind }: TableParts): Markup =>
  element(
    'table',
    { class: kind },
    element('caption', { class: 'heard' }, caption),
    element(
      'thead',
      {},
      element('tr', {}, ...head.map((title) => element('th', { scope: 'col' }, element('span', {}, title)))),
    ),
    element('tbody', {}, ...rows.map(rowOf)),
  )

const rowOf = ([name = '', ...cells]: readonly (string | Markup)[]): Markup =>
  element(
    'tr',
    {},
    element('th', { scope: 'row' }, name),
    ...cells.map((cell) => (typeof cell === 'string' ? element('td', {}, cell) : cell)),
  )

/** A part of the page that scrolls sideways where it is too wide, by keyboard too. */
export const scrolling = (title: string, content: Markup): Markup =>
  element('div', { class: 'scroll', role: 'region', 'aria-label': title, tabindex: 0 }, content)
