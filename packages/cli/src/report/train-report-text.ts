import { dataKindOf, printable, type ExampleWords, type TrainResults } from '@ptu/experiments'

/** Longer texts of unknown origin are cut: a path has up to 4,096 characters. */
const longest = 160

/** A text of unknown origin as a page shows it: control characters visible, its middle left out where it is long. */
export const shown = (text: string): string => {
  const characters = Array.from(printable(text))
  if (characters.length <= longest) return characters.join('')
  return [...characters.slice(0, longest / 2), '…', ...characters.slice(1 - longest / 2)].join('')
}

/** Names the examples of a training: images, rows, texts. */
export const wordsOf = ({ data }: Pick<TrainResults, 'data'>): ExampleWords => dataKindOf(data.kind).words

/** A word with a capital letter. */
export const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)

/** The larger number in words where not all could be shown: `24 of 31`. */
export const some = (few: number, all: number): string => (few === all ? String(all) : `${few} of ${all}`)

/** A path as it is seen from a folder; as it is, where it does not lie below. */
export const below = (folder: string, path: string): string =>
  path.startsWith(folder) && /^[/\\]./.test(path.slice(folder.length)) ? path.slice(folder.length + 1) : path
