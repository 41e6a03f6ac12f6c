// A warm vitest: runs tests against sources of which some are replaced in memory. Started by run.mjs, which may kill it.
import { join } from 'node:path'

import { loadConfigFromFile, mergeConfig } from 'vite'
import { createVitest } from 'vitest/node'

const root = process.cwd()
const replaced = new Map()

const { config } = await loadConfigFromFile({ command: 'serve', mode: 'test' }, join(root, 'vitest.config.ts'))
const { projects, ...shared } = config.test
const unit = projects.find(({ test }) => test.name === 'unit')

/** Keeps the order in which the tests were asked for: the likeliest to fail comes first. */
class InOrder {
  shard(specs) {
    return specs
  }
  sort(specs) {
    return specs
  }
}

const vitest = await createVitest(
  'test',
  {
    config: false,
    watch: false,
    silent: true,
    reporters: [{}],
    bail: 1,
    isolate: process.env['PTU_ISOLATE'] === '1',
    fileParallelism: false,
  },
  mergeConfig(
    {
      resolve: config.resolve,
      ssr: config.ssr,
      test: {
        ...shared,
        ...unit.test,
        setupFiles: [...unit.test.setupFiles, './benchmarks/mutation/note-reached.mjs'],
        sequence: { sequencer: InOrder },
      },
    },
    {
      plugins: [{ name: 'mutant', enforce: 'pre', load: (id) => replaced.get(id.split('?', 1)[0]) }],
    },
  ),
)

const specs = await vitest.globTestSpecifications()
const byPath = new Map(specs.map((spec) => [spec.moduleId, spec]))

const testsIn = (module) =>
  [...module.children.allTests()].map((test) => ({
    id: test.id,
    name: test.fullName,
    state: test.result().state,
    seconds: (test.diagnostic()?.duration ?? 0) / 1000,
    reason: test.result().errors?.[0]?.message,
  }))

/** Runs files of tests, of each only the tests with the ids that are given, if any are, and none with `except` in its name. */
const run = async ({ sources, tests }) => {
  const paths = sources.map(({ file, text }) => {
    const path = join(root, file)
    replaced.set(path, text)
    return path
  })
  for (const path of paths) vitest.invalidateFile(path)
  const chosen = tests.map(({ file, ids, except }) => {
    const { project, moduleId } = byPath.get(join(root, file))
    const names = except === undefined ? {} : { testNamePattern: new RegExp(`^(?!.*(${except}))`, 'u') }
    return project.createSpecification(moduleId, { ...names, ...(ids && { testIds: ids }) })
  })
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(chosen)
  replaced.clear()
  for (const path of paths) vitest.invalidateFile(path)
  const wanted = new Set(chosen.map(({ moduleId }) => moduleId))
  const modules = testModules.filter(({ moduleId }) => wanted.has(moduleId))
  return {
    errors: unhandledErrors.length,
    modules: modules.map((module) => ({
      file: module.relativeModuleId,
      failed: !module.ok(),
      errors: module.errors().map(({ message }) => message),
      seconds: (module.diagnostic().duration + module.diagnostic().collectDuration) / 1000,
      tests: testsIn(module),
    })),
  }
}

process.on('message', async (task) => {
  process.send(await run(task).catch((error) => ({ broken: String(error?.stack ?? error) })))
})
process.on('disconnect', () => process.exit())
process.send('ready')
