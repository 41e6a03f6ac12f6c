import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

import { codeOf, isRecord, type Json } from '@ptu/core'

/** The process that holds a lock, so that others can tell whether it still runs. */
export interface LockOwner {
  readonly pid: number
  readonly host: string
  /** The start of the process, in the system's own ticks since boot; null if the system does not say. */
  readonly started: string | null
  /** The installation of the system, because names of hosts are not unique; null if the system does not say. */
  readonly machine: string | null
  /** The boot of the machine; null if the system does not say. */
  readonly boot: string | null
  /** The numbering of processes, because containers have their own; null if the system does not say. */
  readonly namespace: string | null
  /** The time at which the lock was taken, as an ISO date. */
  readonly since: string
  /** A text that is different for each lock that was ever taken. */
  readonly token: string
}

const orNull = <A>(reading: Promise<A>): Promise<A | null> => reading.catch(() => null)

/** The system's fields about a process, from the third on; the second is a name in brackets that may hold anything. */
const fieldsOf = async (pid: number): Promise<readonly string[]> => {
  const line = await orNull(readFile(`/proc/${pid}/stat`, 'utf8'))
  return line?.slice(line.lastIndexOf(')') + 2).split(' ') ?? []
}

/** The start of a process: the 22nd field. */
const startIn = (fields: readonly string[]): string | null => fields[19] ?? null

const wordIn = async (path: string): Promise<string | null> => {
  const word = (await orNull(readFile(path, 'utf8')))?.trim() ?? ''
  return word === '' ? null : word
}

/** Describes this process as the owner of a new lock. */
export const thisProcess = async (): Promise<LockOwner> => ({
  pid: process.pid,
  host: hostname(),
  started: startIn(await fieldsOf(process.pid)),
  machine: await wordIn('/etc/machine-id'),
  boot: await wordIn('/proc/sys/kernel/random/boot_id'),
  namespace: await orNull(readlink('/proc/self/ns/pid')),
  since: new Date().toISOString(),
  token: crypto.randomUUID(),
})

/** Writes an owner as the content of a lock file. */
export const encodeOwner = (owner: LockOwner): string => `${JSON.stringify({ ...owner } satisfies Json)}\n`

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Reads the content of a lock file; undefined if it was not written here. */
export const decodeOwner = (content: string): LockOwner | undefined => {
  const value = parsed(content)
  if (!isRecord(value)) return undefined
  const { pid, host, token, since } = value
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined
  if (typeof host !== 'string' || typeof token !== 'string' || typeof since !== 'string') return undefined
  const { started, machine, boot, namespace } = value
  const known = { started: text(started), machine: text(machine), boot: text(boot), namespace: text(namespace) }
  return { pid, host, token, since, ...known }
}

const parsed = (content: string): unknown => {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

/** The state of a lock's owner: it runs, it is gone, or it is on a machine that cannot be asked. */
export type OwnerState = 'running' | 'gone' | 'elsewhere'

/**
 * Tells whether the owner of a lock still runs.
 *
 * The number of a process is used again after its end, so the start of the process has to agree too. After a restart of
 * the machine all owners are gone.
 */
export const stateOf = async (owner: LockOwner, us: LockOwner): Promise<OwnerState> => {
  if (owner.host !== us.host || differs(owner.machine, us.machine)) return 'elsewhere'
  if (differs(owner.boot, us.boot)) return owner.machine !== null && us.machine !== null ? 'gone' : 'elsewhere'
  if (differs(owner.namespace, us.namespace)) return 'elsewhere'
  if (!exists(owner.pid)) return 'gone'
  const fields = await fieldsOf(owner.pid)
  return fields[0] === ended || differs(owner.started, startIn(fields)) ? 'gone' : 'running'
}

/** The state of a process that ended and whose parent has not asked how; in containers that may stay so. */
const ended = 'Z'

const differs = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b

/** Tells whether a process exists. Signal 0 is not sent; it only asks whether a signal could be. */
const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return codeOf(cause) !== 'ESRCH'
  }
}
