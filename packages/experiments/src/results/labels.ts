import type { Role } from '../methods/method.ts'

/** The name of a method in tables and pictures; a star tells that it is tuned by a search: `share*`, `ptu`. */
export const labelOf = ({ method, role }: { readonly method: string; readonly role: Role }): string =>
  role === 'baseline' ? `${method}*` : method
