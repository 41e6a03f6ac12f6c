import { messageOf } from '@ptu/core'

/** An optional package is not there. */
export class NotInstalledError extends Error {
  override readonly name = 'NotInstalledError'
}

/** Imports an optional package by its name; a missing one rejects with {@link NotInstalledError}. */
export type Load = (name: string) => Promise<unknown>

/** Tells whether an import failed because the package is not there, from the first line of what bundlers, Node and vite say. */
const isMissing = (cause: unknown, name: string): boolean => {
  const [line = ''] = messageOf(cause).split('\n')
  return /cannot find (package|module)|failed to (resolve|load)/i.test(line) && line.includes(name)
}

/** The variables of a Node process; undefined in a browser. */
const variables = (): Readonly<Record<string, string | undefined>> | undefined =>
  (globalThis as { process?: { readonly env: Readonly<Record<string, string | undefined>> } }).process?.env

/** The file of a package that lies in a folder itself. */
const findIn = async (folder: string, name: string): Promise<string | undefined> => {
  const [{ createRequire }, { realpathSync }, path] = await Promise.all([
    import('node:module'),
    import('node:fs'),
    import('node:path'),
  ])
  try {
    const root = realpathSync(folder)
    const found = createRequire(path.join(root, 'package.json')).resolve(name)
    return found.startsWith(root + path.sep) ? found : undefined
  } catch {
    return undefined
  }
}

/**
 * Loads a package in Node. Those of TensorFlow.js are CommonJS: `import` first parses them, and all that they require, for the
 * names that they export, which takes several times as long as running them. Either way there is one copy of each.
 */
const loadInNode = async (name: string, folder: string | undefined): Promise<unknown> => {
  const file = folder === undefined ? undefined : await findIn(folder, name)
  if (name.startsWith('@tensorflow/')) {
    const { createRequire } = await import('node:module')
    return createRequire(import.meta.url)(file ?? name) as unknown
  }
  const { pathToFileURL } = await import('node:url')
  return (await import(/* @vite-ignore */ file === undefined ? name : pathToFileURL(file).href)) as unknown
}

/** Loads a package; in Node first from the folder that the variable `PTU_BACKENDS` names. */
export const load: Load = async (name) => {
  const env = variables()
  try {
    return env === undefined
      ? ((await import(/* @vite-ignore */ name)) as unknown)
      : await loadInNode(name, env['PTU_BACKENDS'])
  } catch (cause) {
    throw isMissing(cause, name) ? new NotInstalledError(`${name} is not installed`, { cause }) : cause
  }
}
