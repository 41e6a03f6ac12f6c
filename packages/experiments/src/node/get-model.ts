import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import { messageOf, sha256 } from '@ptu/core'
import { writeFile } from '@ptu/tensor'
import { unzipSync } from 'fflate'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { InterruptedError, RunError, toRunError } from '../errors.ts'
import { packageCommands, type Address, type PublishedFile, type Recipe } from '../models/recipe.ts'
import { cacheFolder } from './cache-folder.ts'
import { download, type DownloadOptions } from './download.ts'
import { clearSlots } from './download-slot.ts'
import { compareFile } from './file-digest.ts'
import type { ModelPlaces } from './machine.ts'
import { readBounded } from './read-bounded.ts'

/**
 * Finds the file of a recipe on this machine and checks its SHA-256 anew.
 *
 * A Left if it is not there, or is another file than the publisher's: the message says how to get it.
 *
 * @example
 * ```ts
 * const [recipe] = recipes
 * const found = recipe && (await findModel(recipe, { folders: ['models'], from: '.' })())
 * expect(found).toMatchObject({ left: { message: expect.stringContaining('ptu models get mobilenet_v2') } })
 * ```
 */
export const findModel = (recipe: Recipe, places: ModelPlaces): TE.TaskEither<RunError, string> =>
  TE.tryCatch(
    async () => {
      const wrong: string[] = []
      for (const path of candidates(recipe, places)) {
        const problem = await problemAt(path, recipe)
        if (problem === undefined) return path
        if (problem !== 'missing') wrong.push(problem)
      }
      const [first = `${recipe.name} is not on this machine`] = wrong
      throw new RunError(`${first}; get it with ${wayToGet(recipe, places)}`)
    },
    (cause) =>
      cause instanceof RunError ? cause : new RunError(`cannot look for ${recipe.name}: ${messageOf(cause)}`),
  )

/** The command that brings the file of a recipe where it is looked for. */
const wayToGet = (recipe: Recipe, { folders: [folder = '.'] }: ModelPlaces): string =>
  recipe.addresses.length > 0 ? `ptu models get ${recipe.name}` : packageCommands(recipe.fromPackage, folder, recipe)

/** The reason that a recipe's files are not at a path; undefined where they are. */
const problemAt = async (path: string, { file, beside = [] }: Recipe): Promise<string | undefined> => {
  for (const [at, wanted] of [
    [path, file] as const,
    ...beside.map((one) => [join(dirname(path), one.name), one] as const),
  ]) {
    const found = await compareFile(at, wanted)
    if (found === 'missing') return at === path ? 'missing' : `${at} is missing`
    if (found !== 'same') return `${at} is not the published file: ${found.differs}`
  }
  return undefined
}

/**
 * The paths where the file may be. An npm package is looked for as Node does: in the `node_modules` of a folder and of
 * those above it.
 */
const candidates = ({ file, beside, fromPackage }: Recipe, { folders, from }: ModelPlaces): readonly string[] => {
  const { registry, name, path } = fromPackage
  const installed = registry === 'npm' ? above(resolve(from)).map((at) => join(at, 'node_modules', name, path)) : []
  const own = beside === undefined ? file.name : path
  return [...folders.map((folder) => join(folder, own)), ...installed]
}

const above = (folder: string): readonly string[] => {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...above(parent)]
}

/** The options of {@link getModel}: those of a download. */
export type GetOptions = Omit<DownloadOptions, 'folder'>

/** The path of a model's file, and warnings for the user. */
export interface GotModel {
  readonly path: string
  readonly warnings: readonly string[]
}

/**
 * Gets the file of a recipe: from this machine if it is there, else from its publisher.
 *
 * Addresses are tried in their order. If none gives the file, the Left names the way through a package registry.
 */
export const getModel = (
  recipe: Recipe,
  places: ModelPlaces,
  options: GetOptions,
): TE.TaskEither<RunError | InterruptedError, GotModel> =>
  pipe(
    findModel(recipe, places),
    TE.map((path): GotModel => ({ path, warnings: [] })),
    TE.orElse((missing): TE.TaskEither<RunError | InterruptedError, GotModel> => {
      const [preferred, ...others] = places.folders
      if (recipe.addresses.length === 0 || preferred === undefined) return TE.left(missing)
      return pipe(
        cacheFolder(preferred, others),
        TE.flatMap(({ folder, warnings }) =>
          pipe(
            downloadModel(recipe, { ...options, folder }),
            TE.map((path) => ({ path, warnings })),
          ),
        ),
      )
    }),
  )

const downloadModel =
  (
    { name, file, addresses, fromPackage }: Recipe,
    options: DownloadOptions,
  ): TE.TaskEither<RunError | InterruptedError, string> =>
  async () => {
    const problems: string[] = []
    for (const address of addresses) {
      const outcome = await from(address, file, options)()
      if (E.isRight(outcome) || outcome.left instanceof InterruptedError) return outcome
      problems.push(outcome.left.message)
    }
    const other = packageCommands(fromPackage, options.folder)
    return E.left(
      new RunError(`cannot get ${name}:\n  ${problems.join('\n  ')}\nanother way to the same file: ${other}`),
    )
  }

const from = (
  address: Address,
  file: PublishedFile,
  options: DownloadOptions,
): TE.TaskEither<RunError | InterruptedError, string> => {
  if (address.kind === 'file') return download({ ...file, url: address.url }, options)
  return pipe(
    download({ ...address.archive, url: address.url }, options),
    TE.flatMap((archive) => unpacked(archive, address.archive.bytes, address.member, file, options.folder)),
  )
}

const unpacked = (
  archive: string,
  limit: number,
  member: string,
  file: PublishedFile,
  folder: string,
): TE.TaskEither<RunError, string> =>
  pipe(
    readBounded(archive, limit),
    TE.mapLeft(toRunError),
    TE.flatMap((bytes) =>
      TE.tryCatch(
        () => memberOf(bytes, member, file),
        (cause) => new RunError(`cannot unpack ${archive}: ${messageOf(cause)}`),
      ),
    ),
    TE.flatMap((content) => pipe(writeFile(join(folder, file.name), content), TE.mapLeft(toRunError))),
    TE.flatMap(() => TE.tryCatch(() => cleared(archive, join(folder, file.name), file), toError)),
    TE.map(() => join(folder, file.name)),
  )

/** Removes the archive, and the parts of the file itself that an earlier address left. */
const cleared = async (archive: string, target: string, { sha256: sum }: PublishedFile): Promise<void> => {
  await rm(archive, { force: true })
  await clearSlots(target, sum)
}

const toError = (cause: unknown): RunError => new RunError(messageOf(cause))

/** Reads a member of an archive. Its declared size is compared before anything is inflated. */
const memberOf = async (archive: Uint8Array, member: string, file: PublishedFile): Promise<Uint8Array> => {
  const found = unzipSync(archive, {
    filter: ({ name, originalSize }) => name === member && originalSize === file.bytes,
  })[member]
  if (found === undefined) throw new Error(`expected ${member} of ${file.bytes} bytes in it, it is not there`)
  const sum = await sha256(found)
  if (sum !== file.sha256) throw new Error(`expected SHA-256 ${file.sha256}, ${member} has ${sum}`)
  return found
}
