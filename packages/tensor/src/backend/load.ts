import { messageOf } from '@ptu/core'

/** An optional package is not there. */
export class NotInstalledError extends Error {
  override readonly name = 'NotInstalledError'
}

/** Imports an optional package by its name; a missing one rejects with {@link NotInstalledError}. */
export type Load = (name: string) => Promise<unknown>

/** Tells whether an import failed because the package is not there, from the messages of bundlers, Node and vite. */
const isMissing = (cause: unknown, name: string): boolean =>
  /cannot find (package|module)|failed to (resolve|load)/i.test(messageOf(cause)) && messageOf(cause).includes(name)

/** The folder of backends that were installed by themselves, outside the project's lock file. */
const folderOfBackends = (): string | undefined =>
  (globalThis as { process?: { readonly env: Readonly<Record<string, string | undefined>> } }).process?.env[
    'PTU_BACKENDS'
  ]

/** The file of a package that lies in that folder itself, as a URL. */
const findIn = async (folder: string, name: string): Promise<string | undefined> => {
  const [{ createRequire }, { realpathSync }, path, { pathToFileURL }] = await Promise.all([
    import('node:module'),
    import('node:fs'),
    import('node:path'),
    import('node:url'),
  ])
  try {
    const root = realpathSync(folder)
    const found = createRequire(path.join(root, 'package.json')).resolve(name)
    return found.startsWith(root + path.sep) ? pathToFileURL(found).href : undefined
  } catch {
    return undefined
  }
}

/** Loads a package, first from the folder that the variable `PTU_BACKENDS` names. */
export const load: Load = async (name) => {
  const folder = folderOfBackends()
  const place = folder === undefined ? undefined : await findIn(folder, name)
  try {
    return (await import(/* @vite-ignore */ place ?? name)) as unknown
  } catch (cause) {
    throw isMissing(cause, name) ? new NotInstalledError(`${name} is not installed`, { cause }) : cause
  }
}
