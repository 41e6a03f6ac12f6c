import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { isRecord, messageOf } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { UsageError } from '../errors.ts'
import { builtInMethods } from '../methods/built-in.ts'
import type { Method, Role } from '../methods/method.ts'

const roles: readonly Role[] = ['baseline', 'recipe', 'candidate', 'control']

/** The exports of a module that a user names by path; its code runs, so only a path that the user gave is loaded. */
export const loadModule = (path: string): TE.TaskEither<UsageError, Readonly<Record<string, unknown>>> =>
  TE.tryCatch(
    async () => ({ ...((await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>) }),
    (cause) => new UsageError(`cannot load the module ${path}: ${messageOf(cause)}`),
  )

/** The methods of modules, each of which exports one as `method`. */
export const loadMethods = (paths: readonly string[]): TE.TaskEither<UsageError, readonly Method[]> =>
  pipe(
    paths,
    TE.traverseSeqArray((path) =>
      pipe(
        loadModule(path),
        TE.flatMapEither(({ method }) => checked(path, method)),
      ),
    ),
  )

const checked = (path: string, method: unknown): E.Either<UsageError, Method> => {
  const problem = problemOf(method)
  return problem === undefined
    ? E.right(method as Method)
    : E.left(new UsageError(`${path}: expected an export \`method\` with ${problem}`))
}

const problemOf = (method: unknown): string | undefined => {
  if (!isRecord(method)) return 'a name, a role, trials and a plan'
  const { name, role, trials, plan } = method
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,39}$/.test(name))
    return `a name of small letters, digits and hyphens, got ${JSON.stringify(name) ?? 'none'}`
  if (builtInMethods.some((known) => known.name === name)) return `a name of its own, ${name} is a built-in method`
  if (!roles.some((known) => known === role)) return `a role among ${roles.join(', ')}`
  return typeof trials === 'function' && typeof plan === 'function' ? undefined : 'the functions trials and plan'
}
