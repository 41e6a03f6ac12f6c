/** The options of a benchmark's command line. */
import { parseArgs } from 'node:util'

/** Reads options as `parseArgs` describes them; if they are wrong it lists the known ones and ends with 2. */
export const readOptions = (options) => {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    const known = Object.entries(options).map(([name, { default: value }]) => `--${name}${value ? ` (${value})` : ''}`)
    console.error(`${error.message.split('. ')[0]}; the options are ${known.join(', ')}`)
    process.exit(2)
  }
}
