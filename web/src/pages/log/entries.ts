/** The log's events as the page has them. */
import type { Document } from '../../lib/contract'

export interface Entry {
  seq: number
  at: number
  kind: string
  text: string
  ids: number[]
}

export interface LogDocument extends Document {
  entries: Entry[]
  next: number | null
  last: number
  kinds: string[]
}

export type Part = string | number

/** A sentence with the candidates that it names apart, to be links: "candidate 412 scored …". */
export function parts(text: string, ids: readonly number[]): Part[] {
  const found: Part[] = []
  let at = 0
  for (const match of text.matchAll(/(?<![\d.,−-])\d+(?![\d,.]*\d|\s*(?:%|ms|s\b|min|tokens))/gu)) {
    const id = Number(match[0])
    if (!ids.includes(id)) continue
    if (match.index > at) found.push(text.slice(at, match.index))
    found.push(id)
    at = match.index + match[0].length
  }
  if (at < text.length) found.push(text.slice(at))
  return found
}

/** Entries of two answers as one list, oldest first, each once. */
export function joined(a: readonly Entry[], b: readonly Entry[]): Entry[] {
  const known = new Set(a.map((each) => each.seq))
  return [...a, ...b.filter((each) => !known.has(each.seq))].sort((x, y) => x.seq - y.seq)
}
