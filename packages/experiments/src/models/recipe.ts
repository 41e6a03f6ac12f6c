import type { ImageRule } from '@ptu/data'

/** The step before a network's first layer: a pixel `p` from 0 to 255 of channel `c` becomes `(p - mean[c]) / deviation[c]`. */
export interface PixelNormalisation {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

/** A file as its publisher offers it: its name, its length and the hash of its bytes. */
export interface PublishedFile {
  /** The name it is kept under, without a folder. */
  readonly name: string
  readonly bytes: number
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string
}

/** An address of a file of weights: the file itself, or a zip archive with the file inside. */
export type Address =
  | { readonly kind: 'file'; readonly url: string }
  | { readonly kind: 'zip'; readonly url: string; readonly archive: PublishedFile; readonly member: string }

/** A package of a registry that carries the file, for machines that reach a registry but no download site. */
export interface CarryingPackage {
  readonly registry: 'npm' | 'PyPI'
  readonly name: string
  readonly version: string
  /** The path of the file inside the package; of PyPI packages, inside the wheel. */
  readonly path: string
}

/** The facts needed to open a published network: where it is, what it is and the form of its input. */
export interface Recipe {
  /** The name on the command line. */
  readonly name: string
  readonly title: string
  readonly file: PublishedFile
  /** Files that are used with it, beside it in the folder of the package; undefined where it is used alone. */
  readonly beside?: readonly PublishedFile[]
  /** The addresses from which the file can be downloaded, tried in this order; empty if only a package carries it. */
  readonly addresses: readonly Address[]
  /** The licence that the publisher states; the user has to judge whether it allows a purpose. */
  readonly licence: string
  /** The format in which the weights are stored. */
  readonly format: 'pytorch' | 'nsfwjs' | 'hugging-face'
  /** The function that the weights belong to. */
  readonly architecture: 'mobilenet_v2' | 'efficientnet_lite0' | 'BertModel'
  /** The way from an image to an example; null where the network reads texts. */
  readonly image: ImageRule | null
  readonly normalisation: PixelNormalisation | null
  /** The classes that the network was trained on; `names` in the order of its outputs, if the publisher gives them; null if none. */
  readonly classes: { readonly count: number; readonly names?: readonly string[] } | null
  /**
   * The blocks from the input side, without the classifier: for PyTorch weights the names of the modules, for layers
   * models the names of the layers that end the blocks.
   */
  readonly blocks: readonly string[]
  readonly fromPackage: CarryingPackage
}

/**
 * A command that gets the file of a recipe without a download site; the file of a PyPI package ends in `folder`, one that is used
 * with others in their folder there.
 *
 * @example
 * ```ts
 * const found = packageCommands({ registry: 'npm', name: 'nsfwjs', version: '4.3.0', path: 'dist/x.js' }, 'models')
 * expect(found).toBe('npm install nsfwjs@4.3.0')
 * ```
 */
export const packageCommands = (
  { registry, name, version, path }: CarryingPackage,
  folder: string,
  { beside }: Pick<Recipe, 'beside'> = {},
): string => {
  if (registry === 'npm') return `npm install ${name}@${version}`
  const wheel = `${name.replaceAll('-', '_')}-${version}-*.whl`
  const files = beside === undefined ? `-j ${wheel} ${path}` : `${wheel} '${path.replace(/[^/]*$/, '*')}'`
  return `mkdir -p ${folder} && pip download --no-deps ${name}==${version} && unzip ${files} -d ${folder}`
}
