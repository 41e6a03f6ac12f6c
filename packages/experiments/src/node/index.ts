export { fileStore, networkFolder, readDocument, writeJson } from './file-store.ts'
export { nodeTools, versions, type Place } from './node-tools.ts'
export { openRunFolder, type FolderOptions } from './run-folder.ts'
export { startBackend } from './start-backend.ts'
