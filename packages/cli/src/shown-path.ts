import { sep } from 'node:path'

/** A way to show a path to people: from the working folder where it is in it, else in full. */
export const shownFrom =
  (cwd: string) =>
  (path: string): string => {
    const folder = cwd.endsWith(sep) ? cwd : `${cwd}${sep}`
    return path.startsWith(folder) && path.length > folder.length ? path.slice(folder.length) : path
  }
