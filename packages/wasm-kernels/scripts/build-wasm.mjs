// Compiles assembly/ and writes the binaries as base64 to src/generated/*.ts, with a checksum of what they were made from.
// With --check it compiles nothing and fails when a checksum is not that of assembly/.
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = fileURLToPath(new URL('..', import.meta.url))
const shared = ['--enable', 'threads', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536']
const variants = {
  simd: [],
  relaxed: ['--enable', 'relaxed-simd'],
  'simd-shared': shared,
  'relaxed-shared': ['--enable', 'relaxed-simd', ...shared],
}

// prettier-ignore
const flags = ['assembly/index.ts', '--outFile', 'out.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--importMemory',
  '--noExportMemory', '--enable', 'simd', '--use', 'abort=']

const checksum = async () => {
  const names = (await readdir(`${root}/assembly`)).sort()
  const sources = await Promise.all(names.map((name) => readFile(`${root}/assembly/${name}`, 'utf8')))
  return createHash('sha256').update(JSON.stringify({ names, sources, flags, variants })).digest('hex')
}

const compile = async (more) => {
  const outputs = {}
  const { error, stderr } = await asc.main([...flags, '--baseDir', root, ...more], {
    writeFile: (name, contents) => (outputs[name] = contents),
    readFile: (name) => readFile(`${root}/${name}`, 'utf8').catch(() => null),
    listFiles: () => [],
  })
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`)
  return Buffer.from(outputs['out.wasm'])
}

const sum = await checksum()
for (const [name, more] of Object.entries(variants)) {
  const file = new URL(`../src/generated/${name}.ts`, import.meta.url)
  const header = `// Written by \`npm run build:wasm\` from assembly/ (SHA-256 ${sum}); do not edit.\n`
  if (process.argv.includes('--check')) {
    if ((await readFile(file, 'utf8').catch(() => '')).startsWith(header)) continue
    console.error(
      `src/generated/${name}.ts was not made from assembly/ as it is: run \`npm run build:wasm\` and commit.`,
    )
    process.exitCode = 1
  } else {
    const wasm = await compile(more)
    await writeFile(file, `${header}export const binary: string =\n  '${wasm.toString('base64')}'\n`)
    console.log(`${name}: ${wasm.length} bytes`)
  }
}
