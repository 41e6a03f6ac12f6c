import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * Loads an ES module of this repository, and all that it imports, by `require` if this version of Node can, else by `import`. Each
 * module is loaded once, whichever way comes first.
 *
 * `import` takes every file through the thread pool of Node, and parses the CommonJS packages that CommonJS packages require:
 * a sixth more processor time.
 */
export const loadAtOnce = async (module: URL): Promise<unknown> =>
  process.features.require_module // not in Node 22 before 22.12
    ? (createRequire(module)(fileURLToPath(module)) as unknown)
    : ((await import(/* @vite-ignore */ module.href)) as unknown)
