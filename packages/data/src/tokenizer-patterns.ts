/**
 * The regular expressions that tokenizers of published encoders split and clean texts by. None of them takes more than linear
 * time, which cannot be told of one that a file brings.
 */
export const knownPatterns: ReadonlySet<string> = new Set([
  // White space, of XLM-RoBERTa and other Unigram models.
  ' {2,}',
  '\\s+',
  '\\s',
  // GPT-2 and RoBERTa, where they spell it out; ModernBERT.
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  // CLIP's text tower.
  "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
])
