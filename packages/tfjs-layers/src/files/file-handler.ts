import { isRecord, sha256 } from '@ptu/core'
import { CorruptFileError, readFile, writeFile } from '@ptu/tensor'
import { io } from '@tensorflow/tfjs-core'

import { modelFilesOf } from './artifacts.ts'
import { shown, weightGroups, type WeightGroup } from './manifest.ts'
import { settled } from './settled.ts'
import { checkTopology } from './topology.ts'

/** A `model.json` beyond 64 MiB holds weights as text; none of tfjs does. */
const jsonLimit = 2 ** 26

/**
 * Saves and loads models of tfjs in a folder, as `model.json` and `weights.bin`, in plain Node. It does there what
 * `file://` does with the native package.
 *
 * Each file is written whole or not at all, and `model.json` holds a SHA-256 of the weights. Loading trusts nothing:
 * paths stay in the folder, and sizes, cycles and the checksum, if there is one, are checked before anything is
 * allocated. The promises reject with `FileError` and `CorruptFileError`.
 *
 * @example
 * ```ts
 * const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] })
 * await model.save(fileHandler('my-model'))
 * const again = await loadLayersModel(fileHandler('my-model'))
 * ```
 */
export const fileHandler = (folder: string): io.IOHandler => ({
  save: (artifacts) => save(folder, artifacts),
  load: () => load(folder),
})

const save = async (folder: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> => {
  const { json, weights } = await modelFilesOf(artifacts)
  await settled(writeFile(`${folder}/weights.bin`, weights))
  await settled(writeFile(`${folder}/model.json`, JSON.stringify(json)))
  return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) }
}

const load = async (folder: string): Promise<io.ModelArtifacts> => {
  const path = `${folder}/model.json`
  try {
    const json = parsed(await settled(readFile(path, jsonLimit)))
    const groups = weightGroups(json['weightsManifest'])
    const specs = groups.flatMap((group) => group.specs)
    checkTopology(
      json['modelTopology'],
      specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    )
    const data = joined(await inTurn(groups, (group) => groupBytes(folder, group)))
    const { weightsSha256 } = json
    if (weightsSha256 !== undefined && weightsSha256 !== (await sha256(new Uint8Array(data))))
      throw new CorruptFileError(
        'the checksum of its weights does not match: a file was changed, or is of another save',
      )
    return await io.getModelArtifactsForJSON(json as unknown as io.ModelJSON, () => Promise.resolve([specs, data]))
  } catch (cause) {
    throw cause instanceof CorruptFileError ? new CorruptFileError(`cannot load ${path}: ${cause.message}`) : cause
  }
}

const parsed = (bytes: Uint8Array): Readonly<Record<string, unknown>> => {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new CorruptFileError('it is not JSON')
  }
  if (!isRecord(json)) throw new CorruptFileError('it is not a JSON object')
  const { format } = json
  if (format === 'graph-model')
    throw new CorruptFileError(
      'expected the format layers-model, got graph-model: load it with tf.loadGraphModel and open it with fromGraphModel of @ptu/formats',
    )
  if (format !== undefined && format !== 'layers-model')
    throw new CorruptFileError(`expected the format layers-model, got ${shown(format)}`)
  return json
}

const inTurn = async <A, B>(all: readonly A[], f: (each: A) => Promise<B>): Promise<readonly B[]> => {
  const done: B[] = []
  for (const each of all) done.push(await f(each))
  return done
}

/** The bytes of a group: as many as its weights need, no file read beyond that. */
const groupBytes = async (folder: string, { paths, bytes }: WeightGroup): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  let left = bytes
  for (const path of paths) {
    const part = await settled(readFile(await inside(folder, path), left))
    parts.push(part)
    left -= part.byteLength
  }
  if (left !== 0)
    throw new CorruptFileError(`its weights need ${bytes} bytes, ${paths.join(', ')} hold ${bytes - left}`)
  return new Uint8Array(joined(parts))
}

/** Finds a file of the folder; a link that leads out of the folder counts as missing. */
const inside = async (folder: string, path: string): Promise<string> => {
  const [{ realpath }, paths] = await Promise.all([import('node:fs/promises'), import('node:path')])
  const file = `${folder}/${path}`
  const [root, real] = await Promise.all([folder, file].map((each) => realpath(each).catch(() => each)))
  const way = paths.relative(root ?? folder, real ?? file)
  if (way.startsWith('..') || paths.isAbsolute(way))
    throw new CorruptFileError(`${path} is a link that leaves the folder`)
  return file
}

const joined = (parts: readonly Uint8Array[]): ArrayBuffer => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes.buffer
}
