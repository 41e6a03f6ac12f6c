/** Studies whose runs are trained by the workers of a queue. */
import { cellsIn } from '@ptu/experiments'
import { codeVersion, openObjects } from '@ptu/experiments/node'
import { queueAddress, queueExecutor } from '@ptu/experiments/queue'

const right = (either) => {
  if (either._tag === 'Left') throw either.left
  return either.right
}

/** The options of a study that can be put into a queue. */
export const queueOptions = { queue: { type: 'string' }, store: { type: 'string' } }

/** The tools of a comparison as they are or, with `--queue`, with the workers of a queue, who may run `modules`. */
export const onQueue = async (tools, { queue, store }, modules) => {
  if (queue === undefined) return tools
  if (store === undefined) throw new Error('--queue needs --store, a folder or s3://BUCKET/PREFIX that the workers see')
  const address = right(queueAddress(queue, process.env['PTU_QUEUE_PASSWORD']))
  const [objects, code] = [right(await openObjects('.', store)()), right(await codeVersion(modules)())]
  const executor = queueExecutor({ ...{ address, objects, code, modules }, local: tools.executor })
  return { ...tools, executor, cells: cellsIn(objects, code) }
}
