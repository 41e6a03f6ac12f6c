// Compiles assembly/ and writes the binaries as base64 to src/generated/*.ts.
// With --check it writes nothing and fails when a file is not up to date.
import { readFile, writeFile } from 'node:fs/promises'
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

const compile = async (flags) => {
  const outputs = {}
  const { error, stderr } = await asc.main(
    // prettier-ignore
    ['assembly/index.ts', '--outFile', 'out.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--importMemory',
      '--noExportMemory', '--enable', 'simd', '--use', 'abort=', '--baseDir', root, ...flags],
    {
      writeFile: (name, contents) => (outputs[name] = contents),
      readFile: (name) => readFile(`${root}/${name}`, 'utf8').catch(() => null),
      listFiles: () => [],
    },
  )
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`)
  return Buffer.from(outputs['out.wasm'])
}

const check = process.argv.includes('--check')
for (const [name, flags] of Object.entries(variants)) {
  const wasm = await compile(flags)
  const file = new URL(`../src/generated/${name}.ts`, import.meta.url)
  const source = `// Written by \`npm run build:wasm\` from assembly/; do not edit.\nexport const binary: string =\n  '${wasm.toString('base64')}'\n`
  if (!check) await writeFile(file, source)
  else if ((await readFile(file, 'utf8').catch(() => '')) !== source) {
    console.error(`src/generated/${name}.ts is not what assembly/ compiles to; run \`npm run build:wasm\` and commit.`)
    process.exitCode = 1
  }
  console.log(`${name}: ${wasm.length} bytes`)
}
