import { isRecord, Tree } from '@ptu/core'
import {
  disposeParams,
  loadParams,
  saveParams,
  type FileError,
  type CorruptFileError,
  type ParamTree,
  type SavedParams,
} from '@ptu/tensor'
import { tensor1d, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { CheckpointError } from './errors.ts'
import type { Run, Validated } from './run.ts'
import { tensorsOf, type TrainState } from './step.ts'

/** The settings of a run, as names and texts. A run may continue another only if all of them are equal. */
export type Settings = Readonly<Record<string, string>>

/**
 * Saves a run: parameters, optimizer state, average, best parameters, losses and settings. Borrows it.
 *
 * The file is written whole or not at all, so the checkpoint before it stays until this one is complete.
 */
export const saveCheckpoint = (path: string, run: Run, settings: Settings): TE.TaskEither<FileError, void> =>
  TE.bracket(
    TE.fromIO(() => tensor1d([...run.losses], 'float32')),
    (losses) =>
      saveParams(
        path,
        { ...tensorsOf(run.state), best: run.best, losses },
        { kind: 'checkpoint', settings: JSON.stringify(settings), validations: JSON.stringify(run.validations) },
      ),
    (losses) =>
      TE.fromIO(() => {
        losses.dispose()
      }),
  )

/**
 * Loads what {@link saveCheckpoint} saved, for the run that `fresh` begins; the caller owns it. Borrows `fresh`.
 *
 * A Left with `CheckpointError` says which setting or which tensor differs, with `CorruptFileError` that the file is damaged.
 */
export const loadCheckpoint = (
  path: string,
  fresh: TrainState,
  settings: Settings,
): TE.TaskEither<FileError | CorruptFileError | CheckpointError, Run> =>
  pipe(
    loadParams(path),
    TE.flatMap((saved) => async () => {
      const run = await restored(saved, fresh, settings)
      if (E.isRight(run)) return run
      disposeParams(saved.params)
      return E.left(new CheckpointError(`cannot resume from ${path}: ${run.left}`))
    }),
  )

const restored = async (
  { params: saved, metadata }: SavedParams,
  fresh: TrainState,
  settings: Settings,
): Promise<E.Either<string, Run>> => {
  const { settings: said, validations: found } = metadata
  const [theirs, validations] = [settingsFrom(said), validationsFrom(found)]
  if (metadata['kind'] !== 'checkpoint' || theirs === undefined || validations === undefined)
    return E.left('it is not a checkpoint of a run')
  const tensors = byName(saved)
  const wanted = { ...tensorsOf(fresh), best: bestLike(tensors, fresh) }
  const different = difference({ ...theirs, ...shapesOf(tensors) }, { ...settings, ...shapesOf(byName(wanted)) })
  const losses = tensors.get('losses')
  if (different !== undefined || losses === undefined) return E.left(different ?? 'it has no losses')
  const { best, ...state } = Tree.map(wanted, (_, path) => tensors.get(Tree.format(path)) as Tensor) as typeof wanted
  const values = Array.from(await losses.data())
  losses.dispose()
  return E.right({ state: { ...state, key: fresh.key, step: values.length }, losses: values, validations, best })
}

/** Best parameters are kept from the first validation on: the file has all of them or none. */
const bestLike = (tensors: ReadonlyMap<string, Tensor>, { params }: TrainState): ParamTree =>
  [...tensors.keys()].some((name) => name.startsWith('best.')) ? params : []

const byName = (tree: ParamTree): ReadonlyMap<string, Tensor> =>
  new Map(Tree.entries(tree).map(([path, leaf]) => [Tree.format(path), leaf]))

const shapesOf = (tensors: ReadonlyMap<string, Tensor>): Settings =>
  Object.fromEntries(
    [...tensors].flatMap(([name, { dtype, shape }]) =>
      name === 'losses' ? [] : [[`the tensor ${name}`, `${dtype} [${shape.join(', ')}]`]],
    ),
  )

const shortened = (text: string | undefined): string =>
  text === undefined ? 'absent' : text.length > 120 ? `${text.slice(0, 120)}…` : text

/** The text of a setting; undefined if it is not among them, even if records inherit a property of that name. */
const textOf = (settings: Settings, name: string): string | undefined =>
  Object.hasOwn(settings, name) ? settings[name] : undefined

/** The first few names whose texts differ, in words; undefined if all agree. */
const difference = (theirs: Settings, ours: Settings): string | undefined => {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter(
    (name) => textOf(theirs, name) !== textOf(ours, name),
  )
  if (names.length === 0) return undefined
  const shown = names
    .slice(0, 3)
    .map((name) => `${name} is ${shortened(textOf(theirs, name))} there and ${shortened(textOf(ours, name))} here`)
  const more = names.length > 3 ? ` and ${String(names.length - 3)} more` : ''
  return `it is of another run: ${shown.join('; ')}${more}. Use the same settings or another path`
}

const parsed = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? '') as unknown
  } catch {
    return undefined
  }
}

const settingsFrom = (text: string | undefined): Settings | undefined => {
  const json = parsed(text)
  return isRecord(json) && Object.values(json).every((value) => typeof value === 'string')
    ? (json as Settings)
    : undefined
}

const isValidated = (x: unknown): x is Validated =>
  isRecord(x) && [x['step'], x['loss'], x['accuracy']].every((value) => typeof value === 'number')

const validationsFrom = (text: string | undefined): readonly Validated[] | undefined => {
  const json = parsed(text)
  return Array.isArray(json) && json.every(isValidated) ? json : undefined
}

/** Tells whether there is a file to load. */
export const hasFile = async (path: string): Promise<boolean> => {
  const { access } = await import('node:fs/promises')
  return access(path).then(
    () => true,
    () => false,
  )
}
