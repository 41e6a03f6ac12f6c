import type { Command } from './answer.ts'

/** A command whose code is loaded when it runs, so that the other commands start sooner. */
export const lazily =
  (load: () => Promise<Command>): Command =>
  (env) =>
  async () =>
    (await load())(env)()
