/** Says the same thing at most twice a minute. */
export const seldom = (
  warn: (text: string) => void,
  textOf: (cause: unknown) => string,
): ((cause: unknown) => void) => {
  const said = new Map<string, number>()
  return (cause) => {
    const text = textOf(cause)
    if (performance.now() - (said.get(text) ?? -Infinity) < 30_000) return
    said.set(text, performance.now())
    warn(text)
  }
}
