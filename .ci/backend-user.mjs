// Starts the backends named on the command line, each in a process of its own, and computes a gradient there.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const program = (name) => `
  import { useBackend } from '${join(import.meta.dirname, '../packages/tensor/dist/backend.js')}'
  import { grad, scalar, square } from '@tensorflow/tfjs-core'
  const started = await useBackend('${name}')()
  if (started._tag === 'Left') throw started.left
  const [slope] = await grad(square)(scalar(3)).data()
  if (slope !== 6) throw new Error('the gradient of x² at 3 is ' + slope)
  console.log('Node ' + process.version + ': ' + started.right.name + ', ' + started.right.notes.join(', '))
`
for (const name of process.argv.slice(2))
  execFileSync(process.execPath, ['--input-type=module', '-e', program(name)], { stdio: 'inherit', timeout: 60_000 })
