import { isRecord } from '@ptu/core'
import {
  gelu,
  geluTanh,
  hardSwish,
  identity,
  leakyRelu,
  quickGelu,
  relu,
  relu6,
  silu,
  tanh,
  type Layer,
} from '@ptu/layers'
import { ImportError } from '@ptu/networks'

import { shown } from '../shown.ts'

/** The fields of a `config.json`; a field that is left out has the default that transformers gives it. */
export interface Config {
  /** The place of the fields, for messages: `config.json` or `config.json vision_config`. */
  readonly place: string
  readonly values: Readonly<Record<string, unknown>>
}

/** No network has more of anything that a config counts. */
const largestCount = 2 ** 20

/** The most layers that a network may have. */
export const mostLayers = 512

/** The activations that networks of transformers name, by their names there. */
const activations: Readonly<Record<string, Layer<readonly []>>> = {
  gelu,
  gelu_python: gelu,
  gelu_new: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  gelu_fast: geluTanh,
  quick_gelu: quickGelu,
  hard_swish: hardSwish,
  hardswish: hardSwish,
  leaky_relu: leakyRelu(),
  linear: identity,
  relu,
  relu6,
  silu,
  swish: silu,
  tanh,
}

const fail = ({ place, values }: Config, name: string, expected: string): never => {
  const value = values[name]
  const got = value === undefined ? 'nothing' : shown(JSON.stringify(value))
  throw new ImportError(`${place}: expected ${name} to be ${expected}, got ${got}`)
}

const fieldOf = ({ values }: Config, name: string): unknown =>
  Object.hasOwn(values, name) && values[name] !== null ? values[name] : undefined

const isCount = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most

/** The config in a parsed `config.json`. Throws `ImportError`. */
export const configOf = (json: unknown): Config => {
  if (!isRecord(json)) throw new ImportError('config.json: expected a record')
  return { place: 'config.json', values: json }
}

/** A config inside a config. */
export const innerConfig = (config: Config, name: string): Config => {
  const value = fieldOf(config, name) ?? {}
  return isRecord(value) ? { place: `${config.place} ${name}`, values: value } : fail(config, name, 'a record')
}

/** An integer from 1, or from `least`. */
export const count = (
  config: Config,
  name: string,
  usual: number,
  { least = 1, most = largestCount }: { readonly least?: number; readonly most?: number } = {},
): number => {
  const value = fieldOf(config, name) ?? usual
  return isCount(value, least, most) ? value : fail(config, name, `an integer from ${least} to ${most}`)
}

/** A list of integers from 1. */
export const counts = (config: Config, name: string, usual: readonly number[]): readonly number[] => {
  const value = fieldOf(config, name) ?? usual
  return Array.isArray(value) && value.length <= 16 && value.every((one) => isCount(one, 1, largestCount))
    ? value
    : fail(config, name, `a list of at most 16 integers from 1 to ${largestCount}`)
}

/** A number above 0. */
export const positive = (config: Config, name: string, usual: number): number => {
  const value = fieldOf(config, name) ?? usual
  return typeof value === 'number' && value > 0 && value < Infinity ? value : fail(config, name, 'a number above 0')
}

/** True or false. */
export const flag = (config: Config, name: string, usual: boolean): boolean => {
  const value = fieldOf(config, name) ?? usual
  return typeof value === 'boolean' ? value : fail(config, name, 'true or false')
}

/** One of some texts. */
export const text = <Text extends string>(config: Config, name: string, usual: Text, texts: readonly Text[]): Text => {
  const value = fieldOf(config, name) ?? usual
  return texts.find((one) => one === value) ?? fail(config, name, texts.map((one) => `"${one}"`).join(' or '))
}

/** An activation that is known, and its name. */
export const activation = (
  config: Config,
  name: string,
  usual: string,
): { readonly layer: Layer<readonly []>; readonly name: string } => {
  const value = fieldOf(config, name) ?? usual
  if (typeof value !== 'string' || !Object.hasOwn(activations, value))
    return fail(config, name, `one of ${Object.keys(activations).join(', ')}`)
  return { layer: activations[value] ?? identity, name: value }
}

/** A number of channels that a number of heads shares evenly. */
export const shared = (config: Config, channels: string, features: number, heads: number): void => {
  if (features % heads !== 0) fail(config, channels, `a multiple of the ${heads} heads`)
}
