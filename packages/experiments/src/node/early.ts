export { loadAtOnce } from './load-at-once.ts'
export { openThread } from './open-thread.ts'
