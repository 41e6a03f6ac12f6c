import { fileURLToPath } from 'node:url'

/** The built module of the table of measures: threads load it by its path, from the sources they cannot. */
export const measuresModule: string = fileURLToPath(new URL('../../dist/measures/table.js', import.meta.url))
