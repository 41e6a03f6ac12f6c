/** A text without names and passwords in addresses of queues. */
export const withoutSecrets = (text: string): string => text.replaceAll(/(rediss?:\/\/)[^\s]*@/gi, '$1…@')
