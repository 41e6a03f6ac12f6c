import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../..')
const bin = join(root, 'packages/cli/bin/ptu.js')
const call = promisify(execFile)

/** The reason why queues cannot be tested here; undefined if they can. */
export const missing = async (): Promise<string | undefined> => {
  const works = (program: string, args: readonly string[]): Promise<boolean> =>
    call(program, [...args], { cwd: join(root, 'packages/experiments') }).then(
      () => true,
      () => false,
    )
  if (!(await works('redis-server', ['--version'])) || !(await works('redis-cli', ['--version'])))
    return 'redis-server is not installed'
  return (await works(process.execPath, [
    '--input-type=module',
    '-e',
    'await import("ioredis"); await import("bullmq")',
  ]))
    ? undefined
    : 'the packages bullmq and ioredis are not installed'
}

/** A Redis server on a port of its own. */
export interface Redis {
  readonly port: number
  readonly url: string
  /** Sends one command and returns the answer. */
  readonly ask: (...words: readonly string[]) => Promise<string>
  readonly stop: () => Promise<void>
}

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return address.port
}

export const password = 'open-sesame'

/** Starts a server in memory that asks for {@link password}. */
export const startRedis = async (): Promise<Redis> => {
  const port = await freePort()
  const server = spawn('redis-server', [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--requirepass',
    password,
  ])
  await new Promise<void>((resolve, reject) => {
    server.stdout.on('data', (text: Buffer) => {
      if (text.includes('Ready to accept connections')) resolve()
    })
    server.on('exit', () => {
      reject(new Error('redis-server ended'))
    })
  })
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    ask: async (...words) =>
      (
        await call('redis-cli', ['-p', String(port), ...words], { env: { ...process.env, REDISCLI_AUTH: password } })
      ).stdout.trim(),
    stop: async () => {
      server.kill('SIGKILL')
      await once(server, 'close')
    },
  }
}

/** A command under way. */
export interface Running {
  readonly child: ChildProcess
  readonly said: { stdout: string; stderr: string }
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

/** Starts the built command in a folder. */
export const startPtu = (cwd: string, line: string, env: Readonly<Record<string, string>>): Running => {
  const child = spawn(process.execPath, [bin, ...line.split(' ')], { cwd, env: { ...process.env, ...env } })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (text: Buffer) => (said.stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (said.stderr += text.toString()))
  const ended = new Promise<Awaited<Running['ended']>>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, ...said })
    })
  })
  return { child, said, ended }
}

/** Waits until something holds; gives up when the command has ended. */
export const until = async (holds: () => boolean | Promise<boolean>, { child, said }: Running): Promise<void> => {
  while (!(await holds())) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the command ended: ${said.stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
