export const quickTable = (cells) => JSON.stringify(cells)
export const writePages = async () => undefined
