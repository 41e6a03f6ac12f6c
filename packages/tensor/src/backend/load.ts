import { messageOf } from '@ptu/core'

/** An optional package is not there. */
export class NotInstalledError extends Error {
  override readonly name = 'NotInstalledError'
}

/** Imports an optional package by its name; a missing one rejects with {@link NotInstalledError}. */
export type Load = (name: string) => Promise<unknown>

/** What bundlers, Node and vite say of a package that is not there. */
const isMissing = (cause: unknown, name: string): boolean =>
  /cannot find (package|module)|failed to (resolve|load)/i.test(messageOf(cause)) && messageOf(cause).includes(name)

export const load: Load = async (name) => {
  try {
    return (await import(/* @vite-ignore */ name)) as unknown
  } catch (cause) {
    throw isMissing(cause, name) ? new NotInstalledError(`${name} is not installed`, { cause }) : cause
  }
}
