import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { key, uniforms } from '@ptu/core'

/** Words of three kinds; a sentence is a name and a verb, mostly with an adjective before and an adverb behind. */
const words = {
  ADJ: ['red', 'old', 'tall', 'calm'],
  NOUN: ['fox', 'cat', 'tree', 'boat', 'sun'],
  VERB: ['runs', 'sees', 'falls', 'waits'],
  ADV: ['now', 'here', 'soon'],
}

type Tag = keyof typeof words

const patterns: readonly (readonly Tag[])[] = [
  ['NOUN', 'VERB'],
  ['ADJ', 'NOUN', 'VERB'],
  ['NOUN', 'VERB', 'ADV'],
  ['ADJ', 'NOUN', 'VERB', 'ADV'],
  ['ADJ', 'ADJ', 'NOUN', 'VERB'],
]

const sentences = (seed: number, count: number, suffix: string): string =>
  Array.from({ length: count }, (_, i) => {
    const draws = uniforms(key(1000 * seed + i), 6)
    const pick = <A>(from: readonly A[], draw = 0): A => from[Math.floor(draw * from.length)] as A
    const tags = pick(patterns, draws[0])
    const tokens = tags.map((tag, at) => `${pick(words[tag], draws[at + 1])}${at === 0 ? suffix : ''}`)
    return JSON.stringify({ tokens, tags })
  }).join('\n')

/** Writes `from.jsonl` and `to.jsonl` into a folder: tagged sentences; half of the target's are also the source's. */
export const writeTagged = async (folder: string): Promise<void> => {
  const source = sentences(1, 90, '')
  await writeFile(join(folder, 'from.jsonl'), source)
  await writeFile(join(folder, 'to.jsonl'), `${sentences(2, 120, 'x')}\n${source.split('\n').slice(0, 60).join('\n')}`)
}

/** The data and settings of a small comparison of taggers. */
export const smallTagging =
  '--source tags:@from.jsonl#steps=8 --target tags:@to.jsonl#steps=8 --backend wasm --shots 12 --steps 3 --epochs 30 --batch 8'
