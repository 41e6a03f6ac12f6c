import { cpus, loadavg } from 'node:os'

/** The middle of a list of numbers. */
export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** The machine that the figures were measured on. */
export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  load: loadavg().map((load) => Number(load.toFixed(2))),
})

/**
 * Runs contenders in turn, round after round, so that a change of the machine's load meets all alike.
 *
 * Returns per contender the CPU and wall milliseconds of one run: the median over rounds, with the least and the most.
 */
export const interleaved = async (contenders, { rounds = 11, warmUp = 2 } = {}) => {
  const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < warmUp + rounds; round++)
    for (const [name, run] of Object.entries(contenders)) {
      const [cpu, wall] = [process.cpuUsage(), performance.now()]
      const times = await run()
      const { user, system } = process.cpuUsage(cpu)
      if (round >= warmUp) samples[name].push([(user + system) / 1000 / times, (performance.now() - wall) / times])
    }
  return Object.fromEntries(
    Object.entries(samples).map(([name, taken]) => {
      const cpu = taken.map(([used]) => used)
      return [
        name,
        { cpu: median(cpu), least: Math.min(...cpu), most: Math.max(...cpu), wall: median(taken.map(([, ms]) => ms)) },
      ]
    }),
  )
}
