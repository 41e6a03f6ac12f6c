import { DataError, problemList, quoted } from './errors.ts'
import { isImageName, type PhotoColumns } from './photo-columns.ts'
import type { PhotoFile, PhotoList, Unreadable } from './photo-folder.ts'
import { readPhotoRows, type PhotoRow, type PhotoRows } from './photo-rows.ts'
import { targetReaders, type RowLabel } from './target-rule.ts'

/** The most classes; more are taken for a mistake. */
const classLimit = 10_000

/** The endings that a name without one may stand for. */
const endings = ['.jpg', '.jpeg', '.png', '.webp', '.gif']

/** The options of {@link listPhotoTable}. */
export interface PhotoTableOptions {
  /** Lets the table name files outside its folder. */
  readonly anywhere: boolean
  readonly columns: PhotoColumns
  /**
   * The names that sets of labels may have, of images to test on: there a row whose label cannot be used is left out, while of
   * images to learn from it is refused.
   */
  readonly known?: readonly string[] | undefined
}

type Located = { readonly path: string } | { readonly why: string }

/** The real path of a file in a table, or the reason why it cannot be read. */
const located = async (root: string, file: string, anywhere: boolean): Promise<Located> => {
  const { realpath, stat } = await import('node:fs/promises')
  const paths = await import('node:path')
  const real = (name: string): Promise<string | undefined> => realpath(paths.resolve(root, name)).catch(() => undefined)
  const found = (await real(file)) ?? (isImageName(file) ? undefined : await onlyOne(file, real))
  if (found === undefined) return { why: 'it does not exist; paths are relative to the table' }
  if (!anywhere && !found.startsWith(root.endsWith(paths.sep) ? root : root + paths.sep))
    return { why: 'it lies outside of the folder of the table; set the option `anywhere` to allow that' }
  return (await stat(found)).isFile() ? { path: found } : { why: 'it is no file' }
}

/** The only image that a name without an ending stands for. */
const onlyOne = async (
  file: string,
  real: (name: string) => Promise<string | undefined>,
): Promise<string | undefined> => {
  const found = (await Promise.all(endings.map((ending) => real(file + ending)))).filter((path) => path !== undefined)
  return new Set(found).size === 1 ? found[0] : undefined
}

/** A row with its image, or what is wrong with either. */
interface FoundRow {
  readonly row: PhotoRow
  readonly shown: string
  readonly place: Located
}

const foundRows = async (table: string, { rows }: PhotoRows, anywhere: boolean): Promise<readonly FoundRow[]> => {
  const { realpath } = await import('node:fs/promises')
  const paths = await import('node:path')
  const folder = paths.dirname(table)
  const root = await realpath(folder)
  const found: FoundRow[] = []
  for (const row of rows) {
    const shown = paths.isAbsolute(row.file) ? row.file : paths.join(folder, row.file)
    found.push({ row, shown, place: await located(root, row.file, anywhere) })
  }
  return found
}

/** The label of a row, of images with sets of labels or numbers only where each image comes once. */
const usable = (
  { row: { label, line }, place }: FoundRow,
  { columns: { target } }: PhotoRows,
  known: readonly string[] | undefined,
  lines: Map<string, number>,
): RowLabel => {
  if (target === undefined || 'why' in label) return label
  const stray = known && targetReaders[target.kind].namesIn(label.label).find((name) => !known.includes(name))
  if (stray !== undefined) return { why: `the label ${quoted(stray)} is not one that the model knows` }
  if ('why' in place) return label
  const before = lines.get(place.path)
  if (before !== undefined) return { why: `its image comes in line ${String(before)} too; give each image one row` }
  lines.set(place.path, line)
  return label
}

/**
 * Lists the images of a `.csv`, `.tsv` or `.jsonl` table with a column of files and one or several of labels.
 *
 * Paths are relative to the table, and stay within its folder unless `anywhere` is set; a name without an ending stands for
 * the only image of that name. Classes are in the order of their names, files in the order of the table. Of sets of labels
 * and of numbers the classes are what `withTargets` takes. Rejects with {@link DataError}.
 */
export const listPhotoTable = async (
  table: string,
  { anywhere, columns, known }: PhotoTableOptions,
): Promise<PhotoList> => {
  const read = await readPhotoRows(table, columns)
  const { target } = read.columns
  const found = await foundRows(table, read, anywhere)
  const problems = problemList()
  const unreadable: Unreadable[] = []
  const named: NamedFile[] = []
  const classes = new Set<string>()
  const lines = new Map<string, number>()
  for (const one of found) {
    const { row, shown, place } = one
    const label = usable(one, read, known, lines)
    if ('why' in label) {
      if (known === undefined || target === undefined) problems.add(`line ${String(row.line)}: ${label.why}`)
      else unreadable.push({ path: `${table}:${String(row.line)}`, why: label.why })
      continue
    }
    classes.add(label.label)
    if ('path' in place) named.push({ path: place.path, shown, name: label.label })
    else unreadable.push({ path: shown, why: place.why })
  }
  if (problems.count() > 0) throw new DataError(`it has rows that cannot be used:${problems.text()}`)
  if (found.length === 0) throw new DataError('it names no image')
  if (classes.size > classLimit && target === undefined)
    throw new DataError(
      `expected at most ${String(classLimit)} classes, the column of labels has ${String(classes.size)}; ` +
        'predict numbers with --regress, lists of labels with --separator',
    )
  return {
    ...numbered(named, classes),
    unreadable,
    columns: read.columns,
    listed: found.flatMap(({ place }) => ('path' in place ? [place.path] : [])),
  }
}

/** A file with the name of its class. */
interface NamedFile extends Omit<PhotoFile, 'label'> {
  readonly name: string
}

/** The classes in the order of their names, and files with the places of theirs. */
const numbered = (named: readonly NamedFile[], names: ReadonlySet<string>): Pick<PhotoList, 'classes' | 'files'> => {
  const classes = [...names].toSorted()
  const places = new Map(classes.map((name, label) => [name, label]))
  return { classes, files: named.map(({ name, ...file }) => ({ ...file, label: places.get(name) as number })) }
}
