import { messageOf, OptionError } from '@ptu/core'
import { FileError, makeFolder, writeFile } from '@ptu/tensor'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { LayersModelError } from '../errors.ts'
import { modelFolderFiles, ParityError, type FolderFiles, type ModelFolderOptions } from './model-folder.ts'
import { settled } from './settled.ts'

/** The options of {@link saveModelFolder}: the contents, and the treatment of a folder that is already there. */
export interface SaveModelFolderOptions extends ModelFolderOptions {
  /** True replaces a folder that holds files; otherwise such a folder is a Left and stays as it is. */
  readonly replace?: boolean
}

/**
 * Writes a model folder whole or not at all, and gives the paths of its files. A temporary folder beside it is written,
 * flushed to disk and renamed. See {@link modelFolderFiles} for its contents.
 *
 * A Left is a `FileError` or a {@link ParityError}, and leaves what was there before. Replacing takes two renames; a
 * process that is killed between them leaves the old folder beside it, as `NAME.….old`.
 *
 * @example
 * ```ts
 * const network = serial(flatten, dense(2))
 * const model = photoLayersModel(network, network.init(key(0), [2, 2, 1]), {
 *   ...{ size: [2, 2], channels: 1, labels: ['cat', 'dog'] },
 *   normalisation: { mean: 0, deviation: 255 },
 * })
 * const saved = await saveModelFolder('my-model', { model, inputs: [Uint8Array.of(0, 50, 100, 255)] })()
 * expect(saved._tag).toBe('Right')
 * const loaded = await loadLayersModel(fileHandler('my-model'))
 * expect(loaded.getUserDefinedMetadata()).toMatchObject({ labels: ['cat', 'dog'] })
 * ```
 */
export const saveModelFolder = (
  folder: string,
  { replace = false, ...options }: SaveModelFolderOptions,
): TE.TaskEither<FileError | ParityError, readonly string[]> =>
  TE.tryCatch(
    async () => {
      const target = await targetOf(folder, replace)
      const files = await modelFolderFiles(options)
      await writeBeside(target, files)
      return [...files.keys()].toSorted()
    },
    (cause) => {
      if (cause instanceof FileError || cause instanceof ParityError) return cause
      if (cause instanceof OptionError || cause instanceof LayersModelError) throw cause
      return new FileError(folder, `cannot write ${folder}: ${messageOf(cause)}`)
    },
  )

/** The folder itself, behind any link to it, and whether it is there. */
interface Target {
  readonly path: string
  readonly exists: boolean
}

const targetOf = async (folder: string, replace: boolean): Promise<Target> => {
  const [{ readdir, realpath, stat }, paths] = await Promise.all([import('node:fs/promises'), import('node:path')])
  const path = await realpath(folder).catch(() => paths.resolve(folder))
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return { path, exists: false }
  if (!found.isDirectory()) throw new FileError(folder, `cannot write ${folder}: it is a file; name a folder`)
  if (!replace && (await readdir(path)).length > 0)
    throw new FileError(folder, `cannot write ${folder}: it holds files already; name another folder, or replace it`)
  return { path, exists: true }
}

const writeBeside = async ({ path, exists }: Target, files: FolderFiles): Promise<void> => {
  const { rename, rm } = await import('node:fs/promises')
  const beside = `${path}.${crypto.randomUUID()}`
  const fresh = `${beside}.tmp`
  try {
    await settled(makeFolder(fresh))
    for (const [name, content] of files) await settled(writeFile(`${fresh}/${name}`, content))
    if (exists) await rename(path, `${beside}.old`)
    await rename(fresh, path).catch(async (cause: unknown) => {
      if (exists) await rename(`${beside}.old`, path)
      throw cause
    })
    await rm(`${beside}.old`, { recursive: true, force: true })
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true })
    throw cause
  }
}
