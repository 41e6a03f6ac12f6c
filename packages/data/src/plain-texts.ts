/** Texts with a label each. */
export type PlainTexts = readonly { readonly text: string; readonly label: string }[]

/** Leaves out texts that came before, whatever their label. */
export const withoutRepetition = (texts: PlainTexts): { readonly texts: string[]; readonly labels: string[] } => {
  const found = new Map<string, string>()
  for (const { text, label } of texts) if (!found.has(text)) found.set(text, label)
  return { texts: [...found.keys()], labels: [...found.values()] }
}
