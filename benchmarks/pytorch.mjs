/** A Python process that serves contenders of a benchmark; see serve.py. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The Python of benchmarks: PYTHON, or Debian's. */
export const python = process.env.PYTHON ?? '/usr/bin/python3'

/**
 * Starts a script that serves `contenders`. `ask(name)` times one, as `timed` does. If that Python has no PyTorch, there is no
 * `version` and nothing may be asked.
 */
export const startPyTorch = async (script, args, program = python) => {
  const child = spawn(program, [script, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (text) => (errors += text))
  const lines = createInterface(child.stdout)
  const ended = once(child, 'close').then(() => [undefined])
  const answer = async () => {
    const [line] = await Promise.race([once(lines, 'line'), ended])
    return line && JSON.parse(line)
  }
  const hello = await answer()
  if (hello === undefined && !errors.includes("No module named 'torch'"))
    throw new Error(`${program} ${script} ended early: ${errors}`)
  const ask = (name) => async (times) => {
    child.stdin.write(`${name}|${times}\n`)
    const sample = await answer()
    if (sample === undefined) throw new Error(`${program} ${script} ended at ${name}: ${errors}`)
    return sample
  }
  return { ...hello, ask, close: () => child.stdin.end() }
}

/** Makes a contender of this process: CPU and wall milliseconds of one run, over `times` runs. */
export const timed = (run) => async (times) => {
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  for (let i = 0; i < times; i++) run()
  const { user, system } = process.cpuUsage(cpu)
  return { cpu: (user + system) / 1000 / times, wall: (performance.now() - wall) / times }
}
