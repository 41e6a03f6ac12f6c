import { isRecord } from '@ptu/core'
import type { SourceSpec, TrainConfig } from '@ptu/experiments'

/** Text as one word of a POSIX shell. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** A path that a command does not take for an option. */
const asPath = (path: string): string => (path.startsWith('-') ? `./${path}` : path)

const openedOptions = (source: SourceSpec): Readonly<Record<string, unknown>> => {
  const { path, input, cut, until, freeze, tokens, body, range, earlier } = source
  return {
    model: path,
    input: Array.isArray(input) ? input.join('x') : undefined,
    cut: Array.isArray(cut) ? cut.join(',') : undefined,
    ...{ until, freeze, tokens, body, range, forget: earlier !== true },
  }
}

const sourceOptions = (source: TrainConfig['spec']['source']): Readonly<Record<string, unknown>> => {
  if (source === null) return {}
  const { kind, data, epochs, body, tokens, embeddings, reading } = source
  if (kind !== 'trained' || typeof data !== 'string') return openedOptions(source)
  const columns = ['text', 'label'].flatMap((name) => {
    const column = isRecord(reading) ? reading[name] : undefined
    return typeof column === 'string' ? [`${name}=${column}`] : []
  })
  return {
    source: `${data}${columns.length > 0 ? `#${columns.join('&')}` : ''}`,
    ...{ epochs, body, tokens, embeddings },
  }
}

const readingOptions = (reading: TrainConfig['spec']['reading']): Readonly<Record<string, unknown>> => {
  const { kind, target, ...options } = { kind: 'photos', target: undefined, ...reading }
  const words = Object.entries(options).map(([name, value]: readonly [string, unknown]) => [
    name,
    Array.isArray(value) ? value.join(',') : value,
  ])
  return {
    kind: kind === 'photos' ? undefined : kind,
    ...(Object.fromEntries(words) as Readonly<Record<string, unknown>>),
    ...{ regress: target?.kind === 'regress', separator: target?.separator },
  }
}

/**
 * The command line that repeats a training in its folder.
 *
 * What has a default is named too, so that the line means the same in later versions. Modules have no option: they go into
 * a file for `--config`.
 */
export const trainCommandLine = ({ spec, workers, out }: TrainConfig): string => {
  const { source, data, reading, test, budget, method, balance, augment } = spec
  const { ensemble, strict, seed, steps, batch, backend } = spec
  const options: Readonly<Record<string, unknown>> = {
    ...sourceOptions(source),
    ...readingOptions(reading),
    minutes: Number((budget / 60).toPrecision(6)),
    test,
    method,
    balance,
    augment: augment && (augment.length > 0 ? augment.join() : 'none'),
    ensemble,
    strict,
    steps,
    batch,
    seed,
    backend,
    workers,
    out,
  }
  const words = Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === null || value === false) return []
    if (value === true) return [`--${name}`]
    return [`--${name}`, quoted(asPath(typeof value === 'string' ? value : JSON.stringify(value)))]
  })
  return ['npx ptu train', quoted(asPath(data)), ...words].join(' ')
}
