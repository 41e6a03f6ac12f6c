/** Checks that must hold for every run, whatever was done to it. */
import { canonical } from '@ptu/core'

export const check = (holds, what) => {
  if (!holds) throw new Error(what)
}

const start = (text) => JSON.stringify(text.slice(0, 300))

// Control characters are what this looks for.
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/

/**
 * Checks how a run ended: in time, with one of `codes`, without a stack trace or a raw control character, and with the words
 * `says` on stderr. With `json` stdout must be one document, that of an error where the run failed.
 */
export const decent = ({ code, signal, late, stdout, stderr }, { codes, says = /(?:)/, json = false }) => {
  check(!late, `it did not end in time; it said ${start(stderr)}`)
  check(codes.includes(code), `expected exit code ${codes.join(' or ')}, got ${code ?? signal}: ${start(stderr)}`)
  check(!/\n\s+at .*(:\d+:\d+|<anonymous>)/.test(stdout + stderr), `a stack trace: ${start(stderr)}`)
  check(!/bug of ptu/.test(stderr), `said to be a bug: ${start(stderr)}`)
  check(!controls.test(stdout + stderr), `raw control characters: ${start(stdout + stderr)}`)
  check(says.test(stderr), `expected ${says} on stderr, got ${start(stderr)}`)
  if (json) document(stdout, code)
  return stderr
}

const document = (stdout, code) => {
  const found = JSON.parse(stdout)
  const { kind, message } = found.error ?? {}
  check(code === 0 || (typeof kind === 'string' && typeof message === 'string'), `no error document: ${start(stdout)}`)
}

/** Checks that no half-written file was left. */
export const tidy = (box, folder = '.') => {
  const left = box.names(folder).filter((name) => /\.tmp$/.test(name))
  check(left.length === 0, `files were left: ${left.join(', ')}`)
}

/** A document of results without what depends on time, its fields in one order. */
export const timeless = (value) =>
  canonical(JSON.parse(JSON.stringify(value, (name, member) => (/seconds$/i.test(name) ? undefined : member))))

/** The first line of what was said, for the table. */
export const line = (text) =>
  text
    .trim()
    .split('\n')
    .at(-1)
    .replace(/^ptu: /, '')
    .slice(0, 100)
