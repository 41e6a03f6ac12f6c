/** The start of all keys in the server, so that others may use it too. */
export const prefix = 'ptu'

/** The queue of the cells of one product version: workers of another version never see them. */
export const queueName = (ptu: string): string => `cells-${ptu}`

/** The set of product versions that submitted cells. */
export const versionsKey = 'ptu:versions'

/** The mark of a grid that was cancelled. */
export const cancelledKey = (grid: string): string => `${prefix}:cancelled:${grid}`
