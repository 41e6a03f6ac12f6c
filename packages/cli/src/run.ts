import { resolve } from 'node:path'

import { InterruptedError, type ExperimentError } from '@ptu/experiments'
import { writeJson } from '@ptu/experiments/node'
import { CommanderError } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import pc from 'picocolors'

import type { Answer } from './answer.ts'
import type { Env } from './env.ts'
import { exitCodeOf } from './errors.ts'
import type { Choice } from './choice.ts'
import { programOf } from './program.ts'

/**
 * Runs a command line and returns the exit code: 0 done, 1 the world failed, 2 a call that is not understood, 130 ended
 * by the user. Stdout carries the answer and nothing else. Rejects only for a bug.
 */
export const run = async (argv: readonly string[], env: Env): Promise<number> => {
  const choice = choiceOf(argv, env)
  if (typeof choice === 'number') return choice
  const answer = await choice.command(env)()
  if (E.isLeft(answer)) return refuse(env, answer.left)
  return await tell(env, choice, answer.right)
}

/** The command that was asked for, or the exit code where the parser itself had the answer. */
const choiceOf = (argv: readonly string[], env: Env): Choice | number => {
  let chosen: Choice | undefined
  try {
    programOf(env, (choice) => {
      chosen = choice
    }).parse(argv, { from: 'user' })
    return chosen ?? 2
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause
    return cause.exitCode === 0 ? 0 : 2
  }
}

const tell = async (env: Env, { json, file }: Choice, answer: Answer): Promise<number> => {
  if (file !== undefined) {
    const written = await writeJson(resolve(env.cwd, file), answer.json)()
    if (E.isLeft(written)) return refuse(env, written.left)
  }
  env.stdout(`${json ? JSON.stringify(answer.json, null, 2) : answer.text}\n`)
  return 0
}

const refuse = (env: Env, error: ExperimentError): number => {
  const colours = pc.createColors(env.colour)
  const mark = error instanceof InterruptedError ? colours.yellow('ptu:') : colours.red('ptu:')
  env.stderr(`${mark} ${error.message}\n`)
  return exitCodeOf(error)
}
