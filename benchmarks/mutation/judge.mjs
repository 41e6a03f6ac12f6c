// Judges one mutant: neutral, rejected by the compiler, killed, too slow (by time), survived, or undecided.

/** The name of the rule of {@link ask} by which a mutant is too slow, for what is recorded. */
export const clockRule = 'twice, with a minute to spare'

const isSlow = (reason) => /timed out in \d+ms/.test(reason ?? '')

const failuresIn = ({ modules }) =>
  modules.flatMap(({ file, tests }) =>
    tests.filter(({ state }) => state === 'failed').map((test) => ({ ...test, file })),
  )

/** True if nothing but the clock found fault: a busy machine may be the cause. */
const isByTime = (answer) =>
  answer === 'timeout' ||
  (answer.errors === 0 &&
    answer.modules.every(({ errors }) => errors.length === 0) &&
    failuresIn(answer).length > 0 &&
    failuresIn(answer).every(({ reason }) => isSlow(reason)))

const isNoticed = (answer) => answer.errors > 0 || answer.modules.some(({ failed }) => failed)

/** Starting a process for tests takes seconds; on a busy machine, a minute. */
const limitFor = (seconds) => (60 + 4 * seconds) * 1000

/**
 * Asks tests about a mutant. Where time was all that failed, the sources as they are run at once, for the machine may be
 * busy: the mutant is too slow only if it then takes more than four times as long once more, and it is undecided where
 * the sources as they are do not end in time either.
 */
const ask = async (session, mutant, { tests, seconds }) => {
  const first = await session.ask({ sources: [mutant], tests }, limitFor(seconds))
  if (!isByTime(first)) return first
  const began = Date.now()
  const asItIs = await session.ask({ sources: [], tests }, Math.min(600_000, 4 * limitFor(seconds)))
  if (isByTime(asItIs)) return 'undecided'
  const again = await session.ask({ sources: [mutant], tests }, limitFor((Date.now() - began) / 1000))
  return isByTime(again) ? 'timeout' : again
}

/** Opens the judge. `choice` gives the tests; `isNeutral` and `compiles` are asked first. */
export const openJudge = ({ choice, isNeutral, compiles }) => {
  const passAlone = new Set()

  /** True if a test that failed passes on the sources as they are without the tests before it. */
  const isSound = async (session, { file, id }) => {
    if (passAlone.has(id)) return true
    const answer = await session.ask({ sources: [], tests: [{ file, ids: [id] }] }, 600_000)
    if (answer === 'timeout' || isNoticed(answer)) return false
    passAlone.add(id)
    return true
  }

  const outcomeOf = async (session, mutant) => {
    for (const lot of choice.lotsFor(mutant)) {
      const answer = await ask(session, mutant, lot)
      if (typeof answer === 'string') return answer
      if (answer.broken) throw new Error(answer.broken)
      choice.measured?.(answer.modules)
      if (!isNoticed(answer)) continue
      const [failure] = failuresIn(answer)
      const isAlone = lot.tests.some(({ file, ids }) => file === failure?.file && ids !== undefined)
      if (failure !== undefined && isAlone && !(await isSound(session, failure))) {
        choice.runWhole(failure.file)
        return outcomeOf(session, mutant)
      }
      for (const { id, file } of failuresIn(answer)) choice.note(mutant, id, file)
      return 'killed'
    }
    return 'survived'
  }

  return (session, mutant) => {
    if (isNeutral(mutant)) return 'neutral'
    return compiles(mutant) ? outcomeOf(session, mutant) : 'rejected'
  }
}
