import { loadAtOnce } from './load-at-once.ts'

await loadAtOnce(new URL('./serve-thread.js', import.meta.url))
