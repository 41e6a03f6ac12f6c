import type { TrainConfig } from '@ptu/experiments'

/** Text as one word of a POSIX shell. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** A path that a command does not take for an option. */
const asPath = (path: string): string => (path.startsWith('-') ? `./${path}` : path)

/**
 * The command line that repeats a training in its folder.
 *
 * What has a default is named too, so that the line means the same in later versions. Modules have no option: they go into
 * a file for `--config`.
 */
export const trainCommandLine = ({ spec, workers, out }: TrainConfig): string => {
  const { source, data, test, budget, method, balance, augment, ensemble, strict, seed, steps, batch, backend } = spec
  const { path, input, freeze, range, earlier } = source
  const options: Readonly<Record<string, unknown>> = {
    model: path,
    input: Array.isArray(input) ? input.join('x') : undefined,
    freeze,
    range,
    forget: earlier !== true,
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
