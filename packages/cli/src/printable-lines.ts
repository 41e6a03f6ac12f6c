import { printable } from '@ptu/experiments'

/** A text whose lines are safe on a terminal, whatever names of classes and files are in it. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')
