/** The emoji of the study: installed by npm into a folder of their own, read as data sets. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const here = new URL('.', import.meta.url)
const wanted = JSON.parse(readFileSync(new URL('package.json', here), 'utf8')).dependencies

const versionIn = (folder, name) => {
  const path = join(folder, 'node_modules', name, 'package.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : undefined
}

/**
 * The folders of the two packages of emoji images, by vendor, installed into `folder` unless they are there.
 *
 * npm checks what it fetches against the hashes in the lock file beside this script, and runs no script of theirs.
 */
export const installImages = (folder, say) => {
  const missing = Object.entries(wanted).filter(([name, version]) => versionIn(folder, name) !== version)
  if (missing.length > 0) {
    say(`installing ${missing.map((parts) => parts.join('@')).join(' and ')} (about 140 MB) into ${folder}`)
    mkdirSync(folder, { recursive: true })
    for (const name of ['package.json', 'package-lock.json']) copyFileSync(new URL(name, here), join(folder, name))
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-workspaces']
    execFileSync('npm', ['ci', ...options], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  return Object.fromEntries(
    Object.keys(wanted).map((name) => [name.split('-').at(-1), join(folder, 'node_modules', name)]),
  )
}
