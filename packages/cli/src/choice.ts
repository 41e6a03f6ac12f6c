import type { Command } from './answer.ts'

/** A command that was asked for, and the form of its answer. */
export interface Choice {
  readonly command: Command
  readonly json: boolean
  /** A file for the JSON document, for commands whose `--out` is one. */
  readonly file: string | undefined
}

/** The options of a command by their names. */
export type Options = Readonly<Record<string, unknown>>

/** Is told the command that was asked for. */
export type Choose = (choice: Choice) => void
