import { resolve } from 'node:path'

import { InterruptedError, RunError, toRunError, UsageError, type ExperimentError } from '@ptu/experiments'
import { writeAtomically } from '@ptu/experiments/node'
import { CommanderError } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import pc from 'picocolors'

import type { Answer } from './answer.ts'
import type { Choice } from './choice.ts'
import type { Env } from './env.ts'
import { errorDocument, type ErrorKind } from './error-document.ts'
import { exitCodeOf } from './errors.ts'
import { printableLines } from './printable-lines.ts'
import { programOf } from './program.ts'

/**
 * Runs a command line and returns the exit code: 0 done, 1 the world failed, 2 a call that is not understood, 130 ended
 * by the user. Stdout carries the answer and nothing else; with `--json` one document, also for a failure. Rejects only for
 * a bug.
 */
export const run = async (argv: readonly string[], given: Env): Promise<number> => {
  const env = given.isTerminal === true ? shownSafely(given) : given
  const choice = choiceOf(argv, env)
  if (typeof choice === 'number') return choice
  const answer = await answered(choice, env)
  if (E.isLeft(answer)) return refuse(env, choice.json, answer.left)
  return await tell(env, choice, answer.right)
}

/** An env that shows names of unknown origin on a terminal; into files and pipes they go as they are. */
const shownSafely = (env: Env): Env => ({
  ...env,
  stdout: (text) => {
    env.stdout(printableLines(text))
  },
})

/** The answer of a command. Code of a user's module may throw an error that is no bug of ptu. */
const answered = async ({ command }: Choice, env: Env): Promise<E.Either<ExperimentError, Answer>> => {
  try {
    return await command(env)()
  } catch (cause) {
    if (cause instanceof RunError || cause instanceof UsageError) return E.left(cause)
    throw cause
  }
}

/** The command that was asked for, or the exit code if the parser itself gave the answer. */
const choiceOf = (argv: readonly string[], env: Env): Choice | number => {
  let chosen: Choice | undefined
  try {
    programOf(env, (choice) => {
      chosen = choice
    }).parse(argv.length === 0 ? ['--help'] : argv, { from: 'user' })
    return chosen ?? 2
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause
    if (cause.exitCode === 0) return 0
    if (argv.includes('--json')) env.stdout(errorDocument('usage', cause.message.replace(/^error: /, '')))
    return 2
  }
}

const tell = async (env: Env, { json, file }: Choice, answer: Answer): Promise<number> => {
  if (file !== undefined) {
    const written = await writeAtomically(resolve(env.cwd, file), `${JSON.stringify(answer.json, null, 2)}\n`)()
    if (E.isLeft(written)) return refuse(env, json, toRunError(written.left))
  }
  if (json) env.stdout(`${JSON.stringify(answer.json, null, 2)}\n`)
  else if (answer.text !== '') env.stdout(`${printableLines(answer.text)}\n`)
  return answer.code ?? 0
}

const kindOf = (error: ExperimentError): ErrorKind => {
  if (error instanceof InterruptedError) return 'interrupted'
  return error instanceof UsageError ? 'usage' : 'failure'
}

const refuse = (env: Env, json: boolean, error: ExperimentError): number => {
  const colours = pc.createColors(env.colour)
  const mark = error instanceof InterruptedError ? colours.yellow('ptu:') : colours.red('ptu:')
  env.stderr(`${mark} ${printableLines(error.message)}\n`)
  if (json) env.stdout(errorDocument(kindOf(error), error.message))
  return exitCodeOf(error)
}
