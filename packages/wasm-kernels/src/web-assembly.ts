/** The memory of a WebAssembly module; shared between threads in the threaded backend. */
export interface Memory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer
}

/** The part of JavaScript's WebAssembly API that this package uses; TypeScript declares it only together with the DOM. */
export interface WebAssemblyApi {
  readonly Memory: new (limits: { readonly initial: number }) => Memory
  readonly Module: new (binary: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  validate(binary: Uint8Array): boolean
}

export const webAssembly: WebAssemblyApi = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi })
  .WebAssembly
