import { isRecord } from '@ptu/core'
import { serialization } from '@tensorflow/tfjs-core'
import type { layers } from '@tensorflow/tfjs-layers'

import { LayersModelError } from './errors.ts'

/** A layer as a saved model describes it. */
export interface LayerJson {
  readonly className: string
  readonly config: serialization.ConfigDict
}

type Config = serialization.ConfigDict
type Value = serialization.ConfigDictValue

/** The layer that a part of a saved model describes. Throws {@link LayersModelError} for a class that is not registered. */
export const fromLayerConfig = ({ className, config }: LayerJson): layers.Layer => {
  const { classNameMap } = serialization.SerializationMap.getMap()
  const entry = Object.hasOwn(classNameMap, className) ? classNameMap[className] : undefined
  if (entry === undefined)
    throw new LayersModelError(
      `unknown layer class ${className}: import the module that registers it before loading the model`,
    )
  const [constructor, fromConfig] = entry
  return fromConfig(constructor, config) as layers.Layer
}

/** The changes in a clone. */
export interface CloneOptions {
  readonly name: string
  /** The seed of all draws of the layer's initializers; unless given, the initializers stay as they are. */
  readonly seed?: number
  /** Changes to the configuration. */
  readonly config?: Config
}

/** A layer like another one, trainable throughout, without its weights. It is not built. */
export const cloneLayer = (layer: layers.Layer, { name, seed, config = {} }: CloneOptions): layers.Layer => {
  const base = learning(layer.getConfig())
  const drawn = (seed === undefined ? base : seeded(base, seed)) as Config
  const constructor = layer.constructor as serialization.SerializableConstructor<layers.Layer>
  return constructor.fromConfig(constructor, { ...drawn, ...config, name })
}

/** A copy of a configuration, mapped record by record. */
const mapRecords = (value: Value, f: (record: Config) => Config): Value => {
  if (Array.isArray(value)) return value.map((each) => mapRecords(each, f))
  if (!isRecord(value)) return value
  return f(Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapRecords(each, f)])))
}

const learning = (config: Config): Config =>
  mapRecords(config, (record) => ('trainable' in record ? { ...record, trainable: true } : record)) as Config

/** The configuration with every initializer drawing from a seed of its own, in the order they stand in. */
const seeded = (config: Config, seed: number): Value => {
  let next = seed
  return mapRecords(config, (record) =>
    Object.fromEntries(
      Object.entries(record).map(([name, value]) => [
        name,
        name.endsWith('Initializer') && isRecord(value) && isRecord(value['config'] ?? null)
          ? { ...value, config: { ...(value['config'] as Config), seed: next++ } }
          : value,
      ]),
    ),
  )
}
