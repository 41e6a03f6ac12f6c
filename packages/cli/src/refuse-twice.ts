import type { Command as Program } from 'commander'

/** Lets a command, and those below it, refuse a second value of an option: the last one would count without a word. */
export const refuseTwice = (command: Program): void => {
  const given = new Set<string>()
  for (const option of command.options.filter(
    ({ required, optional, variadic }) => (required || optional) && !variadic,
  ))
    command.on(`option:${option.name()}`, () => {
      if (given.has(option.name())) command.error(`error: option '${option.flags}' was given twice; give it once`)
      given.add(option.name())
    })
  command.commands.forEach(refuseTwice)
}
