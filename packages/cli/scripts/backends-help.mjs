/** The recipe for backends that npm alone does not bring. */
export const help = `Backends that npm alone does not bring

  node backends.mjs [tensorflow] [tensorflow-gpu] [webgpu] [options]
`
