/** The word for an error that documents have. */
export type ErrorKind = 'usage' | 'failure' | 'interrupted' | 'bug'

/** The document of a failure: `{ "error": { "kind", "message" } }`. */
export const errorDocument = (kind: ErrorKind, message: string): string =>
  `${JSON.stringify({ error: { kind, message } }, null, 2)}\n`
