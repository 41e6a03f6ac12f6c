/**
 * Mistreats a comparison on a queue and measures what the queue costs. Needs redis-server and the packages bullmq and ioredis.
 *
 * Usage: node benchmarks/torture/grid.mjs [--what kills,cost,memory] [--cells 300] [--minutes 8]
 *
 * - kills: workers are killed (-9) at random times and started again, the server is killed twice, the network to it is cut for ten
 *   seconds. Every cell must be in the result once, equal to a run on one thread, and nothing may be left in the queue.
 * - cost: what 60 cells of about two seconds take with threads and with a queue on this machine, in two rounds each. The whole
 *   command counts, from its start to its end. With the queue a worker waits before the clock starts, as it does for every later
 *   grid: it has loaded its code, but has neither started a backend nor read data; threads load their code within the clock,
 *   while the source network is trained.
 * - memory: what 10,000 queued cells take in the server, and in the client more than 10 cells, each after garbage collection.
 *
 * Prints one JSON document. Exits with 1 where something does not hold.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { canonical, key, normals, uniforms } from '@ptu/core'
import { memoryObjects, portable, taskData } from '@ptu/experiments'
import { queueAddress, queueExecutor } from '@ptu/experiments/queue'
import { initBody, mlp } from '@ptu/networks'
import '@tensorflow/tfjs-backend-cpu'

import { readOptions } from '../options.mjs'
import { bin } from './box.mjs'

const { what, cells, minutes } = readOptions({
  what: { type: 'string', default: 'kills,cost,memory' },
  cells: { type: 'string', default: '300' },
  minutes: { type: 'string', default: '8' },
})

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const folder = mkdtempSync(join(tmpdir(), 'ptu-grid-'))
const children = new Set()
const end = performance.now() + 60_000 * Number(minutes)
const seconds = (began) => Number(((performance.now() - began) / 1000).toFixed(1))

const check = (holds, words) => {
  if (!holds) throw new Error(words)
}

const start = (program, args, env = {}) => {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].on('data', (text) => (said[name] += text))
  children.add(child)
  const ended = once(child, 'close').then(([code, signal]) => {
    children.delete(child)
    return { code, signal, ...said }
  })
  return { child, said, ended }
}

const ptu = (line, env) => start(process.execPath, [bin, ...line.split(' ')], env)

const done = async (run) => {
  const ended = await Promise.race([run.ended, sleep(end - performance.now())])
  check(ended !== undefined, `it took longer than ${minutes} minutes: ${run.said.stderr.slice(-300)}`)
  check(ended.code === 0, `exit code ${ended.code}: ${ended.stderr.slice(-600)}`)
  return ended
}

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

/** A server that keeps every change on its disk, so that a kill loses nothing. */
const startRedis = async (port) => {
  const words = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--dir', folder]
  const server = start('redis-server', ['--port', String(port), ...words])
  while (!server.said.stdout.includes('Ready to accept connections')) {
    check(server.child.exitCode === null, `redis-server ended: ${server.said.stdout.slice(-300)}`)
    await sleep(20)
  }
  return server
}

const ask = async (port, ...words) => (await start('redis-cli', ['-p', String(port), ...words]).ended).stdout.trim()

/** The seconds that a server has computed. */
const cpuOf = async (port) => {
  const info = await ask(port, 'info', 'cpu')
  return Number(/used_cpu_sys:([\d.]+)/.exec(info)[1]) + Number(/used_cpu_user:([\d.]+)/.exec(info)[1])
}

/** A relay before the server. While it is cut, nothing passes; later all of it does, in order, as TCP sends lost packets again. */
const startRelay = async (to) => {
  let open = true
  const sockets = new Set()
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    for (const [from, into] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from)
      from.on('data', (bytes) => into.write(bytes))
      for (const name of ['close', 'error'])
        from.on(name, () => {
          sockets.delete(from)
          into.destroy()
        })
      if (!open) from.pause()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: server.address().port,
    cut: async (milliseconds) => {
      open = false
      for (const socket of sockets) socket.pause()
      await sleep(milliseconds)
      open = true
      for (const socket of sockets) socket.resume()
    },
    close: () => server.close(),
  }
}

const csv = (seed, classes, perClass) => {
  const centres = normals(key(seed), classes.length * 6)
  const noise = normals(key(seed + 1), classes.length * perClass * 6)
  const rows = classes.flatMap((name, c) =>
    Array.from({ length: perClass }, (_, i) => {
      const numbers = Array.from({ length: 6 }, (_, j) =>
        (centres[c * 6 + j] + 0.7 * noise[(c * perClass + i) * 6 + j]).toFixed(4),
      )
      return [...numbers, name].join(',')
    }),
  )
  return ['a,b,c,d,e,f,kind', ...rows, ''].join('\n')
}

const methods = ['share-all', 'fine-tune-all', 'ptu']
const settings = (seeds, steps) =>
  `compare --source from.csv --target to.csv --body mlp --backend cpu --shots 6 --epochs 60 --seeds ${seeds} --strategies ${methods} --steps ${steps}`

/** The results of a run without what time it took. */
const timeless = (out) =>
  canonical(
    JSON.parse(readFileSync(join(folder, out, 'results.json'), 'utf8'), (name, value) =>
      name === 'seconds' ? undefined : value,
    ),
  )

const kills = async () => {
  const seeds = Math.ceil(Number(cells) / methods.length)
  const line = settings(seeds, 3)
  const alone = performance.now()
  await done(ptu(`${line} --workers 1 --out alone`))
  const took = { alone: seconds(alone) }
  const port = await freePort()
  let server = await startRedis(port)
  const relay = await startRelay(port)
  const env = { PTU_QUEUE: `redis://127.0.0.1:${relay.port}` }
  const began = performance.now()
  const client = ptu(`${line} --queue --store store --out queued`, env)
  const counts = { workers: 4, killed: 0, serverKilled: 0, networkCutSeconds: 0 }
  let over = false
  // Looked at now and then, since this process is also the network.
  let count = 0
  const look = async () => {
    const names = await readdir(join(folder, 'store', 'cells'), { recursive: true }).catch(() => [])
    count = names.filter((name) => name.endsWith('.json')).length
  }
  const timer = setInterval(() => void look(), 500)
  const stored = () => count
  const worker = async (number) => {
    const lives = uniforms(key(100 + number), 1000)
    for (let life = 0; !over; life++) {
      const run = ptu(`worker --store store --workers 1 --lock 5 --cache cache${number}`, env)
      const alive = () => !over && run.child.exitCode === null
      while (alive() && !run.said.stderr.includes('at a time')) await sleep(50)
      // Its life is counted in cells, so that a slow machine gets as far as a fast one; the moment within a cell is chance.
      const until = stored() + (number * seeds * methods.length) / 40 + (lives[life] * seeds * methods.length) / 5
      while (alive() && stored() < until) await sleep(100 + 400 * lives[life])
      if (over) run.child.kill('SIGTERM')
      else if (run.child.exitCode === null && run.child.kill('SIGKILL')) counts.killed++
      await run.ended
    }
  }
  const reached = async (part) => {
    while (!over && stored() < part * seeds * methods.length) await sleep(100)
  }
  const trouble = async () => {
    for (const part of [0.2, 0.6]) {
      await reached(part)
      server.child.kill('SIGKILL')
      await server.ended
      counts.serverKilled++
      await sleep(2000)
      server = await startRedis(port)
      if (part === 0.2) {
        await reached(0.4)
        await relay.cut(10_000)
        counts.networkCutSeconds += 10
      }
    }
  }
  const others = [...[1, 2, 3, 4].map(worker), trouble()]
  const ended = await done(client).finally(() => (over = true))
  took.queued = seconds(began)
  clearInterval(timer)
  await Promise.all(others)
  await look()
  check(timeless('queued') === timeless('alone'), 'the results are not those of one thread')
  check(stored() === seeds * methods.length, `expected ${seeds * methods.length} cells in the store, got ${stored()}`)
  const left = {}
  const [version] = (await ask(port, 'smembers', 'ptu:versions')).split('\n')
  for (const [list, command] of [
    ['wait', 'llen'],
    ['active', 'llen'],
    ['delayed', 'zcard'],
    ['failed', 'zcard'],
  ])
    left[list] = Number(await ask(port, command, `ptu:cells-${version}:${list}`))
  left.locks = (await ask(port, 'keys', `ptu:cells-${version}:*:lock`)).split('\n').filter((name) => name !== '').length
  check(
    Object.values(left).every((count) => count === 0),
    `left in the queue: ${JSON.stringify(left)}`,
  )
  const status = JSON.parse((await done(ptu('grid status --json', env))).stdout)
  server.child.kill('SIGKILL')
  await server.ended
  relay.close()
  return {
    cells: stored(),
    ...counts,
    workerProcesses: status.grids[0].workers.length,
    seconds: took,
    left,
    clientSaid: ended.stderr.split('\n').filter((each) => /queue/.test(each)),
  }
}

const cost = async () => {
  const line = settings(Math.ceil(60 / methods.length), 450)
  const threads = []
  const queue = []
  const serverCpu = []
  const port = await freePort()
  const server = await startRedis(port)
  const env = { PTU_QUEUE: `redis://127.0.0.1:${port}` }
  for (let round = 0; round < 2; round++) {
    const began = performance.now()
    await done(ptu(`${line} --workers 2 --out threads${round}`))
    threads.push(seconds(began))
    const run = ptu(`worker --store cost${round} --workers 2 --cache costcache${round}`, env)
    while (!run.said.stderr.includes('at a time')) await sleep(20)
    await sleep(5000) // its threads load their code
    const before = await cpuOf(port)
    const begun = performance.now()
    await done(ptu(`${line} --queue --store cost${round} --out queue${round}`, env))
    queue.push(seconds(begun))
    serverCpu.push((await cpuOf(port)) - before)
    run.child.kill('SIGTERM')
    await run.ended
    await ask(port, 'flushall')
  }
  check(timeless('queue0') === timeless('threads0'), 'the results are not those of threads')
  server.child.kill('SIGKILL')
  await server.ended
  const table = JSON.parse(readFileSync(join(folder, 'threads0/results.json'), 'utf8'))
  const each = table.runs.filter(({ method }) => method !== 'any').map((run) => run.seconds)
  const mean = each.reduce((sum, value) => sum + value, 0) / each.length
  return {
    cells: each.length,
    secondsACell: Number(mean.toFixed(2)),
    threads,
    queue,
    serverMillisecondsACell: Number(((1000 * Math.min(...serverCpu)) / each.length).toFixed(2)),
    ratio: Number((Math.min(...threads) / Math.min(...queue)).toFixed(3)),
  }
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

/** The bytes of memory that this process holds once garbage is collected and its pages had time to go back. */
const resident = async () => {
  for (let round = 0; round < 3; round++) {
    collectGarbage()
    await sleep(300)
  }
  return process.memoryUsage().rss
}

const memory = async () => {
  const count = 10_000
  const port = await freePort()
  const server = await startRedis(port)
  const used = async () => Number(/used_memory:(\d+)/.exec(await ask(port, 'info', 'memory'))[1])
  const before = { server: await used(), cpu: await cpuOf(port) }
  const body = mlp([8])
  const network = await portable(body, initBody(body, key(0), [4]), {
    shape: [4],
    normalisation: { mean: 0, deviation: 1 },
    vocabulary: null,
    image: null,
  })
  const set = {
    shape: [4],
    features: new Float32Array(40),
    labels: Int32Array.from({ length: 10 }, (_, i) => i % 2),
    classes: ['a', 'b'],
  }
  const target = await taskData({ train: set, test: set })
  const comparison = {
    ...{
      prefix: null,
      network,
      target,
      sourceData: null,
      shots: 2,
      rescales: false,
      rates: [1],
      rate: 1,
      zeroHead: true,
    },
    ...{ steps: 1, batch: 1, record: { backend: 'cpu', source: { kind: 'x', path: 'x' }, target: 'x' } },
  }
  const address = queueAddress(`redis://127.0.0.1:${port}`).right
  const signal = new AbortController()
  const local = () => [{ start: () => async () => ({ _tag: 'Right', right: 'cpu' }), close: () => undefined }]
  const executor = queueExecutor({
    address,
    objects: memoryObjects(),
    code: { ptu: 'memory', tfjs: '4', modules: [] },
    modules: [],
    local,
  })
  const workers = executor({ backend: 'cpu', modules: [], signal: signal.signal, warn: console.error })
  await workers[0].start()()
  const runs = []
  const submit = async (upTo) => {
    for (let seed = runs.length; seed < upTo; seed++)
      runs.push(workers[seed].run(comparison, { seed, method: 'ptu' }, () => undefined)())
    while (Number(await ask(port, 'llen', 'ptu:cells-memory:wait')) < upTo) await sleep(200)
  }
  await submit(10)
  before.client = await resident()
  const began = performance.now()
  const clientCpu = process.cpuUsage()
  await submit(count)
  const submitted = seconds(began)
  const { user, system } = process.cpuUsage(clientCpu)
  const cpu = (await cpuOf(port)) - before.cpu
  const after = { server: await used(), client: await resident() }
  signal.abort()
  await Promise.all(runs)
  workers[0].close()
  await sleep(500)
  server.child.kill('SIGKILL')
  await server.ended
  const megabytes = (bytes) => Number((bytes / 1e6).toFixed(1))
  const grown = { server: megabytes(after.server - before.server), client: megabytes(after.client - before.client) }
  check(grown.server < 200 && grown.client < 100, `too much memory: ${JSON.stringify(grown)}`)
  return {
    cells: count,
    secondsToSubmit: submitted,
    clientMillisecondsACell: Number(((user + system) / 1000 / count).toFixed(3)),
    serverMillisecondsACell: Number(((1000 * cpu) / count).toFixed(3)),
    megabytes: grown,
  }
}

const parts = { kills, cost, memory }
const document = { machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}` }
try {
  writeFileSync(join(folder, 'from.csv'), csv(1, ['ant', 'bee', 'cat'], 60))
  writeFileSync(join(folder, 'to.csv'), csv(5, ['dog', 'eel'], 40))
  for (const name of what.split(',')) {
    check(name in parts, `expected parts among ${Object.keys(parts).join(', ')}, got ${name}`)
    document[name] = await parts[name]()
  }
} catch (cause) {
  document.failed = cause.message
  process.exitCode = 1
} finally {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
  console.log(JSON.stringify(document, null, 2))
}
process.exit() // timers of what was not waited for are left
