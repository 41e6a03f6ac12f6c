/** A length of time in the largest unit that fits: `8.2 s`, `3 min 5 s`. */
export const duration = (seconds: number): string => {
  const whole = Math.round(seconds)
  if (whole < 60) return `${seconds < 9.95 ? seconds.toFixed(1) : whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
