/** Markup that is safe to join: every text in it went through {@link escape}. */
export type Markup = { readonly markup: string }

/** Attributes of an element; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text in a form that may stand in an element or between quotation marks. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '')

/** Numbers with at most two decimals: enough for a picture. */
const attribute = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 100) / 100) : escape(value)

/**
 * An element of HTML or SVG; children that are strings are escaped.
 *
 * @example
 * ```ts
 * expect(element('p', { class: 'note' }, 'a < b').markup).toBe('<p class="note">a &lt; b</p>')
 * ```
 */
export const element = (name: string, attributes: Attributes, ...children: readonly (Markup | string)[]): Markup => {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${attribute(value)}"`],
  )
  const inner = children.map((child) => (typeof child === 'string' ? escape(child) : child.markup)).join('')
  return { markup: `<${name}${given.join('')}>${inner}</${name}>` }
}

/** Siblings. */
export const fragment = (children: readonly Markup[]): Markup => ({
  markup: children.map(({ markup }) => markup).join('\n'),
})

/** A picture of `width` × `height` units that shrinks with the page; `title` is read aloud for it. */
export const picture = (title: string, width: number, height: number, ...children: readonly Markup[]): Markup =>
  element('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': title }, ...children)
