/**
 * A page as its committed golden has it: one tag a line, without its style and the bytes of pictures. Look at the page in a
 * browser before `npx vitest -u` accepts another one.
 */
export const goldenOf = (page: string): string =>
  page
    .replace(/<style>[^]*<\/style>/, '')
    .replaceAll(/data:image\/png;base64,[A-Za-z0-9+/=]+/g, 'data:image/png')
    .replaceAll('><', '>\n<')

/** The golden of a page. */
export const goldenPath = (name: string): string => new URL(`../fixtures/pages/${name}.txt`, import.meta.url).pathname
