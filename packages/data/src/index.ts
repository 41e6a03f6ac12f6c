export { alignClasses, alignTable, type Columned } from './align-table.ts'
export { asRows } from './as-rows.ts'
export { augmented, type Augmentation } from './augment.ts'
export { balancedWeights, balanceDraws, classCounts } from './balance.ts'
export { batchesPerEpoch, batchIndices, epochOrder } from './batches.ts'
export { brown, brownGenres, imaginative, informative, type BrownGenre, type BrownOptions } from './brown.ts'
export { universalTag, universalTags } from './brown-tags.ts'
export { checkDataset } from './check-dataset.ts'
export { decodeCsv, readCsv, type CsvOptions } from './csv.ts'
export {
  bagOfWords,
  tokenised,
  type BagOfWords,
  type ClassifyTextsOptions,
  type TokenisedOptions,
} from './classify-texts.ts'
export { concat, countOf, describe, take, type Dataset } from './dataset.ts'
export { decodeImage, type DecodedImage, type DecodeOptions, type ImageLimits } from './decode-image.ts'
export { decodeTable, readTable, type TableOptions } from './decode-table.ts'
export { decodeTexts, readTexts, type TextFileOptions } from './decode-texts.ts'
export { drawnPart, type DrawLimits } from './draw-part.ts'
export { fewShot, shuffle, splitStratified, type Split, type SplitOptions } from './draw.ts'
export { eachImage, type ImagePixels } from './each-image.ts'
export { contentNumbers, distinct, duplicatesOf, overlapOf, type Duplicates, type Overlap } from './duplicates.ts'
export { emoji, type EmojiOptions } from './emoji.ts'
export {
  encodedWidth,
  encodingWords,
  rowsKind,
  type Encoding,
  type LabelEncoding,
  type TableEncoding,
  type TextEncoding,
  type TokenRule,
  type TokensEncoding,
} from './encoding.ts'
export { encodeTexts, type EncodeTextsOptions } from './encode-texts.ts'
export { DataError } from './errors.ts'
export { foldsStratified, type FoldOptions } from './folds.ts'
export { readIdx, type IdxOptions } from './idx.ts'
export { decodeIdx, type Idx } from './stored-idx.ts'
export { imagePixels, type ImageRule } from './image-rule.ts'
export { asBytes, checkImage, imageSize, type ImageSize } from './image-size.ts'
export { readImages, type ImageOptions } from './images.ts'
export { readKnownRows, type KnownRowsOptions } from './known-rows.ts'
export { kindOfData, type KindOfData } from './kind-of-data.ts'
export {
  readRows,
  type LabelledRows,
  type ReadRows,
  type RowsSpec,
  type TableRowsSpec,
  type TextRowsSpec,
} from './labelled-rows.ts'
export {
  decodeLabelledTexts,
  readLabelledTexts,
  type LabelledTextOptions,
  type LabelledTexts,
  type TextOrigin,
} from './labelled-texts.ts'
export { bucketIndices, lengthsOf, shortestFirst, stepsOfBatch } from './lengths.ts'
export { mnist, type MnistOptions } from './mnist.ts'
export { isNamedTexts, namedTexts, readTextsOf, type NamedTexts } from './named-texts.ts'
export { newRows, rowsFile, type NewRow, type NewRows, type RowPlace } from './new-rows.ts'
export { moments, toTensors, type Batch, type Normalisation } from './normalise.ts'
export type { Decimal } from './numbers.ts'
export { characterTokenizer, ownTokenizer, tokensOf, type OwnTokenizerOptions } from './own-tokenizer.ts'
export { parseSource } from './parse-source.ts'
export type { Unreadable } from './photo-folder.ts'
export type { PhotoColumns, PhotoLabels } from './photo-columns.ts'
export type { ClassCount, PhotoOptions, Photos } from './photo-options.ts'
export { readPhotos } from './photos.ts'
export type { EncodedRow } from './row-encoder.ts'
export type { Colour, Size } from './raster.ts'
export { amplitudesSwapped, recombined } from './recombined.ts'
export { loadSource, type Source, type SourceSpec } from './source.ts'
export { spamAssassin, type SpamAssassinOptions } from './spam-assassin.ts'
export { subset } from './subset.ts'
export type { TargetRequest, TargetRule } from './target-rule.ts'
export { targetScale, type Targets, type TargetScale } from './targets.ts'
export type { Separator } from './separator.ts'
export type { CategoryColumn, Column, NumberColumn, Table } from './table.ts'
export type { NamedTextsSpec, TableSpec, TargetLabels } from './table-source.ts'
export type { TextFormat } from './text-records.ts'
export type { TextSpec } from './text-source.ts'
export { tokenise, type Texts, type TokenUnit } from './texts.ts'
export { openTokenizer, type NumberedText, type PretrainedTokenizer, type TokenRoom } from './tokenizer.ts'
export { tweets } from './tweets.ts'
export { padding, unknown, vocabularyOf, type VocabularyOptions } from './vocabulary.ts'
export { readWordVectors, type WordVectors } from './word-vectors.ts'
export type { Watch } from './watch.ts'
