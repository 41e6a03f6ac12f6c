import { EventEmitter } from 'node:events'

import type { QueueConnection } from '../src/queue/connect.ts'
import type { Payload } from '../src/queue/payload.ts'

/** A cell as a queue in memory holds it. */
export interface FakeJob {
  state: 'waiting' | 'completed' | 'failed'
  readonly data: Payload
  readonly failedReason?: string
}

/** A worker of BullMQ that works when it is told to. */
export interface FakeWorker extends EventEmitter {
  readonly name: string
  readonly compute: (job: unknown, token?: string) => Promise<void>
  readonly options: Readonly<Record<string, unknown>>
  /** The end of `close`: at once, unless cells are under way. */
  closing: Promise<void>
}

/** The state of a queue in memory. */
interface State {
  readonly jobs: Map<string, FakeJob>
  /** The keys of Redis. */
  readonly keys: Set<string>
  /** The names of the cells that were added, in turn. */
  readonly added: string[]
  /** The numbers of cells by the names of queues. */
  readonly waiting: Map<string, number>
  /** The events of the queue. */
  readonly events: EventEmitter
  /** The workers that were opened. */
  readonly workers: FakeWorker[]
  /** The parts that were closed, in turn. */
  readonly closed: string[]
  /** The failure of the cells that are added. */
  failing: Error | undefined
}

/** A queue in memory with the part of BullMQ and Redis that followers and workers use. */
export interface FakeQueue extends State {
  readonly connection: QueueConnection
  /** The state of the client. */
  readonly client: { status: string }
}

const clientOf = ({ keys }: State) => ({
  status: 'ready',
  exists: (key: string) => Promise.resolve(Number(keys.has(key))),
  sadd: (key: string, member: string) => Promise.resolve(keys.add(`${key}/${member}`)),
  smembers: (key: string) =>
    Promise.resolve([...keys].flatMap((one) => (one.startsWith(`${key}/`) ? [one.slice(key.length + 1)] : []))),
})

const queueOf = (fake: State, name: string) => ({
  on: () => undefined,
  getJob: (id: string) => {
    const found = fake.jobs.get(id)
    const remove = () => Promise.resolve(fake.jobs.delete(id))
    return Promise.resolve(found && { ...found, getState: () => Promise.resolve(found.state), remove })
  },
  add: (_kind: string, data: Payload, { jobId }: { readonly jobId: string }) => {
    if (fake.failing !== undefined) return Promise.reject(fake.failing)
    fake.added.push(jobId)
    return Promise.resolve(fake.jobs.set(jobId, { state: 'waiting', data }))
  },
  getJobCounts: () => Promise.resolve({ waiting: fake.waiting.get(name) ?? 0 }),
  close: () => Promise.resolve(fake.closed.push('queue')),
})

const eventsOf = ({ events, closed }: State) => ({
  on: (name: string, listener: (event: unknown) => void) => events.on(name, listener),
  waitUntilReady: () => Promise.resolve(),
  close: () => Promise.resolve(closed.push('events')),
})

const workerOf = ({ workers, closed }: State, given: Pick<FakeWorker, 'name' | 'compute' | 'options'>): FakeWorker => {
  const worker: FakeWorker = Object.assign(new EventEmitter(), {
    ...{ ...given, closing: Promise.resolve(), waitUntilReady: () => Promise.resolve() },
    close: () => {
      closed.push('worker')
      return worker.closing
    },
  })
  workers.push(worker)
  return worker
}

/** Opens an empty queue. */
export const fakeQueue = (): FakeQueue => {
  const state: State = {
    ...{ jobs: new Map(), keys: new Set(), waiting: new Map(), events: new EventEmitter() },
    ...{ added: [], workers: [], closed: [], failing: undefined },
  }
  const client = clientOf(state)
  // Functions that return an object do as constructors.
  const bullmq = {
    Queue: function (name: string) {
      return queueOf(state, name)
    },
    QueueEvents: function () {
      return eventsOf(state)
    },
    Worker: function (name: string, compute: FakeWorker['compute'], options: FakeWorker['options']) {
      return workerOf(state, { name, compute, options })
    },
    UnrecoverableError: class extends Error {},
    WaitingError: class extends Error {},
  }
  const close = (): void => void state.closed.push('connection')
  const connection = { address: { shown: 'redis://fake' }, client, bullmq, close } as unknown as QueueConnection
  return Object.assign(state, { connection, client })
}
