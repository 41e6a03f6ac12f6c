// Packs every public package, installs the tarballs into an empty folder and uses them there: node .ci/smoke.mjs NODE
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [, , node = process.execPath] = process.argv
const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'ptu-smoke-'))
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] }).toString()

try {
  const manifests = readdirSync(join(root, 'packages'))
    .map((name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')))
    .filter((manifest) => !manifest.private)
  const names = manifests.flatMap(({ name }) => ['--workspace', name])
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder, ...names], root))
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const tfjs = ['@tensorflow/tfjs', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm']
  const dependencies = {
    ...Object.fromEntries(tfjs.map((name) => [name, devDependencies[name]])),
    ...Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${filename}`])),
  }
  const entries = manifests.flatMap(({ name, exports }) =>
    Object.keys(exports)
      .filter((entry) => entry !== './package.json')
      .map((entry) => join(name, entry)),
  )
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true, dependencies }))
  copyFileSync(join(import.meta.dirname, 'smoke-user.mjs'), join(folder, 'user.mjs'))
  run('npm', ['install', '--no-audit', '--no-fund', '--silent'], folder)
  console.log(run(node, ['user.mjs', ...entries], folder))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
