import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * Unpacks Debian's OpenBLAS into .cache/ without installing it. Returns the environment that makes Debian's PyTorch use it,
 * or undefined where the package cannot be had.
 */
export const openBlas = () => {
  const folder = resolve('.cache/openblas')
  const library = join(folder, 'usr/lib/x86_64-linux-gnu/openblas-pthread')
  try {
    if (!existsSync(library)) {
      mkdirSync(folder, { recursive: true })
      execFileSync('apt-get', ['download', 'libopenblas0-pthread'], { cwd: folder, stdio: 'ignore' })
      const [file] = readdirSync(folder).filter((name) => name.endsWith('.deb'))
      execFileSync('dpkg', ['-x', join(folder, file), folder])
    }
    return { LD_LIBRARY_PATH: library, OPENBLAS_NUM_THREADS: '1' }
  } catch {
    return undefined
  }
}
