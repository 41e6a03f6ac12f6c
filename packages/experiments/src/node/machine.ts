import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/** The facts about a machine, as a value: tests pass their own. */
export interface Machine {
  readonly platform: NodeJS.Platform
  /** The home folder of the user. */
  readonly home: string
  /** A folder for temporary files of this user. */
  readonly temporary: string
  /** The variables of the environment. */
  readonly variables: Readonly<Record<string, string | undefined>>
}

/** Reads the facts about this machine. */
export const thisMachine = (): Machine => ({
  platform: process.platform,
  home: homedir(),
  temporary: join(tmpdir(), `ptu-${process.getuid?.() ?? 'user'}`),
  variables: process.env,
})

const absolute = (path: string | undefined): string | undefined => (path?.startsWith('/') === true ? path : undefined)

/** The folder in which a platform keeps files that can be fetched again. */
const cachesOf = ({ platform, home, variables }: Machine): string => {
  if (platform === 'win32') return variables['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local')
  if (platform === 'darwin') return join(home, 'Library', 'Caches')
  return absolute(variables['XDG_CACHE_HOME']) ?? join(home, '.cache')
}

/** The places where files of models may be. */
export interface ModelPlaces {
  /** The folders in which downloads are kept; a download goes to the first that can be written to. */
  readonly folders: readonly string[]
  /** The folder whose npm packages are looked at. */
  readonly from: string
}

/**
 * The places where the files of models are looked for and kept; `from` is the working folder.
 *
 * Downloads are kept in `PTU_MODELS` if that is set. Else they are kept in `ptu/models` in the cache folder of the
 * platform: `$XDG_CACHE_HOME` or `~/.cache` on Linux, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows. If that
 * cannot be written, as in some containers, a folder for temporary files takes its place.
 *
 * @example
 * ```ts
 * const machine = { platform: 'linux', home: '/home/ada', temporary: '/tmp/ada', variables: {} } as const
 * expect(modelPlaces(machine, '.').folders).toEqual(['/home/ada/.cache/ptu/models', '/tmp/ada/models'])
 * ```
 *
 * References:
 *   Bastien et al., "XDG Base Directory Specification", freedesktop.org 0.8, https://specifications.freedesktop.org/basedir-spec/0.8/
 */
export const modelPlaces = (machine: Machine, from: string): ModelPlaces => {
  const asked = machine.variables['PTU_MODELS']
  const folders =
    asked === undefined || asked === ''
      ? [join(cachesOf(machine), 'ptu', 'models'), join(machine.temporary, 'models')]
      : [asked]
  return { folders, from }
}
