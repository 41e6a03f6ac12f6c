import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { describe } from '@ptu/config'
import { isRecord, messageOf } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { UsageError } from '../errors.ts'
import type { Measure } from '../measures/measure.ts'
import { builtInMethods } from '../methods/built-in.ts'
import type { Method, Role } from '../methods/method.ts'
import { guardedMethod } from './guarded-method.ts'
import { taskKinds } from '../tasks/task-kind.ts'

const roles: readonly Role[] = ['baseline', 'recipe', 'candidate', 'control']

/** Loads a module by its path and returns its exports. Its code runs, so only a path that the user gave is loaded. */
export const loadModule = (path: string): TE.TaskEither<UsageError, Readonly<Record<string, unknown>>> =>
  TE.tryCatch(
    async () => {
      // Else an import would wait for whoever writes to a pipe.
      if (!(await stat(path)).isFile()) throw new Error('it is a folder, a pipe or a device; name a file')
      return { ...((await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>) }
    },
    (cause) => new UsageError(`cannot load the module ${path}: ${messageOf(cause)}`),
  )

/** The methods of modules, each of which exports one as `method` or several as `methods`. */
export const loadMethods = (paths: readonly string[]): TE.TaskEither<UsageError, readonly Method[]> =>
  pipe(
    paths,
    TE.traverseSeqArray((path) =>
      pipe(
        loadModule(path),
        TE.flatMapEither(({ method, methods }) => checked(path, Array.isArray(methods) ? methods : [method])),
      ),
    ),
    TE.map((found) => found.flat()),
  )

/** The measures of the command that runs, from its own module, which exports them as `measures`; none without a path. */
export const loadMeasures = (path: string | undefined): TE.TaskEither<UsageError, readonly Measure[]> =>
  path === undefined
    ? TE.right([])
    : pipe(
        loadModule(path),
        TE.flatMapEither(({ measures }) =>
          Array.isArray(measures)
            ? E.right(measures as readonly Measure[])
            : E.left(new UsageError(`${path}: expected an export \`measures\`, a list`)),
        ),
      )

const checked = (path: string, methods: readonly unknown[]): E.Either<UsageError, readonly Method[]> => {
  const problem = methods.map(problemOf).find((each) => each !== undefined)
  return problem === undefined
    ? E.right((methods as readonly Method[]).map((method) => guardedMethod(path, method)))
    : E.left(new UsageError(`${path}: expected an export \`method\`, or a list \`methods\`, with ${problem}`))
}

const problemOf = (method: unknown): string | undefined => {
  if (!isRecord(method)) return 'a name, a role, trials and a plan'
  const { name, role, trials, plan } = method
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,39}$/.test(name))
    return `a name of small letters, digits and hyphens, got ${describe(name)}`
  if (builtInMethods.some((known) => known.name === name)) return `a name of its own, ${name} is a built-in method`
  if (!roles.some((known) => known === role)) return `a role among ${roles.join(', ')}`
  if (typeof trials !== 'function' || typeof plan !== 'function') return 'the functions trials and plan'
  return adaptProblem(method) ?? kindsProblem(method)
}

type Fields = Readonly<Record<string, unknown>>

const adaptProblem = ({ adapt, role }: Fields): string | undefined => {
  if (adapt === undefined) return undefined
  if (typeof adapt !== 'function') return 'a function adapt, or none'
  return role === 'baseline'
    ? 'another role than baseline beside adapt, which would see the labels that judge a search'
    : undefined
}

const kindsProblem = ({ kinds }: Fields): string | undefined =>
  kinds === undefined || (Array.isArray(kinds) && kinds.every((kind) => Object.hasOwn(taskKinds, String(kind))))
    ? undefined
    : `kinds among ${Object.keys(taskKinds).join(', ')}, or none`
