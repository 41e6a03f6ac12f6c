import { packageFile } from '../package-file.ts'

/** The built module of the table of measures: threads load it by its path, from the sources they cannot. */
export const measuresModule: string = packageFile('dist/measures/table.js')
