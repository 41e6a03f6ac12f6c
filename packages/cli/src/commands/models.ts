import { resolve } from 'node:path'

import type { Json } from '@ptu/core'
import { printable, recipeNamed, recipes, showing, type ExperimentError, type Recipe } from '@ptu/experiments'
import { findModel, getModel, modelPlaces, type Machine, type ModelPlaces } from '@ptu/experiments/node'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import type { Env } from '../env.ts'
import { byteSize } from '../format.ts'
import { table } from '../table.ts'

/** The folders in which models are looked for and kept. */
export interface ModelsOptions {
  /** The folder that the user named; unless given, those of the machine. */
  readonly folder: string | undefined
  readonly machine: Machine
}

/** A recipe and where its file is on this machine. */
interface Located {
  readonly recipe: Recipe
  readonly path: string | undefined
}

/** Lists the known networks: name, size, input, licence, and whether the file is here. */
export const modelsCommand =
  (options: ModelsOptions): Command =>
  (env) =>
    pipe(
      TE.fromTask(() => Promise.all(recipes.map((recipe) => locate(recipe, placesOf(options, env))))),
      TE.map((located) => ({
        text: listed(located),
        json: {
          models: located.map(({ recipe, path }) => ({ ...(recipe as unknown as JsonRecord), path: path ?? null })),
        },
      })),
    )

/** Gets the file of a network from its publisher; if it is already here, only says where. */
export const getModelCommand =
  (name: string, options: ModelsOptions): Command =>
  (env) =>
    pipe(
      TE.fromEither(recipeNamed(name)),
      TE.flatMap((recipe) =>
        pipe(
          showing(env.progress, `downloading ${recipe.name}`, (onProgress) =>
            getModel(recipe, placesOf(options, env), {
              signal: env.signal,
              env: options.machine.variables,
              onProgress,
            }),
          ),
          TE.map(({ path, warnings }): Answer => {
            for (const warning of warnings) env.stderr(`warning: ${warning}\n`)
            return pathAnswer(recipe, path)
          }),
        ),
      ),
    )

/** Says where models are kept; of one network, where its file is. */
export const whereModelsCommand =
  (name: string | undefined, options: ModelsOptions): Command =>
  (env) => {
    const places = placesOf(options, env)
    if (name === undefined)
      return TE.right({ text: printable(places.folders[0] ?? ''), json: { folders: places.folders } })
    return pipe(
      TE.fromEither(recipeNamed(name)),
      TE.flatMap((recipe) =>
        pipe(
          findModel(recipe, places),
          TE.map((path) => pathAnswer(recipe, path)),
          TE.mapLeft((error): ExperimentError => error),
        ),
      ),
    )
  }

type JsonRecord = Readonly<Record<string, Json>>

const placesOf = ({ folder, machine }: ModelsOptions, { cwd }: Env): ModelPlaces =>
  folder === undefined ? modelPlaces(machine, cwd) : { folders: [resolve(cwd, folder)], from: cwd }

const locate = async (recipe: Recipe, places: ModelPlaces): Promise<Located> => {
  const found = await findModel(recipe, places)()
  return { recipe, path: E.isRight(found) ? found.right : undefined }
}

const pathAnswer = ({ name, file }: Recipe, path: string): Answer => ({
  text: printable(path),
  json: { name, path, bytes: file.bytes, sha256: file.sha256 },
})

const listed = (located: readonly Located[]): string =>
  [
    table(
      ['name', 'size', 'input', 'classes', 'here'],
      located.map(({ recipe: { name, file, image, classes }, path }) => [
        name,
        byteSize(file.bytes),
        image === null ? 'texts' : [...image.size, image.channels].join(' × '),
        classes === null ? 'none' : String(classes.count),
        path === undefined ? 'no' : 'yes',
      ]),
    ),
    ...located.map(({ recipe: { name, title, licence } }) => `\n${name}: ${title}\n  licence: ${licence}`),
    '\nget one with ptu models get NAME',
  ].join('\n')
