import { resolve } from 'node:path'

import { isNamedTexts } from '@ptu/data'

/** A path of data from a folder; the name of a published set of texts stays. */
export const dataPath = (cwd: string, data: string): string => (isNamedTexts(data) ? data : resolve(cwd, data))
