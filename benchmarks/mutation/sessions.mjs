// A session: a process with a warm vitest, which is killed with all that it started when a test hangs.
import { fork } from 'node:child_process'

const longest = 3_600_000

/** The session's process leads a group, so that a test that hangs in a worker of its goes with it. */
const start = (root, env) =>
  new Promise((resolve) => {
    const child = fork(new URL('session.mjs', import.meta.url), {
      cwd: root,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    child.once('message', () => resolve(child))
  })

const kill = (child) => {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/**
 * Opens a session: `ask` gives what a task led to, `timeout` where it took too long, after which a new process stands in.
 * Each process does `first` before it is asked, without a limit: then what all tests import is there.
 */
export const openSession = async (root, { env = {}, first } = {}) => {
  let child
  const answerOf = (task, milliseconds) =>
    new Promise((resolve) => {
      const done = (answer) => {
        clearTimeout(timer)
        child.removeAllListeners()
        resolve(answer)
      }
      const timer = setTimeout(() => done('timeout'), milliseconds)
      child.once('message', done)
      child.once('exit', () => done({ broken: 'the session ended by itself' }))
      child.send(task)
    })
  const begin = async () => {
    child = await start(root, env)
    if (first !== undefined) await answerOf(first, longest)
  }
  await begin()
  return {
    ask: async (task, milliseconds) => {
      const answer = await answerOf(task, milliseconds)
      if (answer !== 'timeout') return answer
      kill(child)
      await begin()
      return answer
    },
    stop: () => kill(child),
  }
}
