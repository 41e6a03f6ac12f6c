import { readFileSync } from 'node:fs'

/** Reads `fixtures/<name>.json`, which a script of `scripts/` wrote; the caller names its type. */
export const readFixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
