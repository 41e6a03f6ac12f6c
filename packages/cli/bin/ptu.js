#!/usr/bin/env node
import { existsSync } from 'node:fs'

const main = new URL('../dist/main.js', import.meta.url)

try {
  if (!existsSync(main)) throw new Error('it is not built yet; run: npm run build')
  await import(main.href)
} catch (cause) {
  const message = cause instanceof Error ? cause.message : String(cause)
  const remedy = message.startsWith('EMFILE') ? '; raise the limit of open files with ulimit -n' : ''
  process.stderr.write(`ptu: cannot start: ${message}${remedy}\n`)
  process.exitCode = 1
}
