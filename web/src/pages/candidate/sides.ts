/** A diff as rows to draw: lines that replace one another face each other, and what changed inside them is found. */
import type { DiffLine, Hunk } from './documents'

/** Part of a line; `changed`: it is not in the line that it faces. */
export interface Part {
  text: string
  changed: boolean
}

export interface Side {
  number: number
  op: ' ' | '+' | '-'
  parts: Part[]
}

export interface Facing {
  left: Side | null
  right: Side | null
}

/** More of a line than this replaced, and to mark the parts says nothing. */
const MOST = 0.75

/** The rows of the split view: unchanged lines on both sides, the n-th removed beside the n-th added line. */
export function facing(lines: readonly DiffLine[]): Facing[] {
  const rows: Facing[] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at]
    if (line === undefined) break
    if (line.op === ' ') {
      rows.push({ left: side(line, line.old, whole(line.text)), right: side(line, line.new, whole(line.text)) })
      at += 1
      continue
    }
    const gone: DiffLine[] = []
    const come: DiffLine[] = []
    for (; at < lines.length && lines[at]?.op !== ' '; at += 1) {
      const each = lines[at]
      if (each) (each.op === '-' ? gone : come).push(each)
    }
    rows.push(...beside(gone, come))
  }
  return rows
}

/** The same rows one below the other: of each block of changes first what went, then what came. */
export function stacked(lines: readonly DiffLine[]): Side[] {
  const rows: Side[] = []
  let came: Side[] = []
  for (const { left, right } of facing(lines)) {
    const same = left?.op === ' '
    if (same) {
      rows.push(...came, left)
      came = []
      continue
    }
    if (left) rows.push(left)
    if (right) came.push(right)
  }
  return [...rows, ...came]
}

function beside(gone: readonly DiffLine[], come: readonly DiffLine[]): Facing[] {
  return Array.from({ length: Math.max(gone.length, come.length) }, (_, at) => {
    const old = gone[at]
    const now = come[at]
    const [left, right] = old && now ? parted(old.text, now.text) : [whole(old?.text), whole(now?.text)]
    return { left: old ? side(old, old.old, left) : null, right: now ? side(now, now.new, right) : null }
  })
}

function side(line: DiffLine, number: number | null, parts: Part[]): Side {
  return { number: number ?? 0, op: line.op, parts }
}

function whole(text = ''): Part[] {
  return [{ text, changed: false }]
}

/** Both lines in parts: the words that they share at the start and at the end, and what differs between. */
export function parted(old: string, now: string): [Part[], Part[]] {
  const a = words(old)
  const b = words(now)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1
  const shared = [...a.slice(0, head), ...a.slice(a.length - tail)].join('').trim().length
  const longest = Math.max(old.trim().length, now.trim().length)
  if (longest === 0 || shared < longest * (1 - MOST)) return [whole(old), whole(now)]
  return [cut(a, head, tail), cut(b, head, tail)]
}

function words(text: string): string[] {
  return text.match(/[\p{L}\p{N}_.]+|\s+|./gsu) ?? []
}

function cut(all: readonly string[], head: number, tail: number): Part[] {
  const parts = [
    { text: all.slice(0, head).join(''), changed: false },
    { text: all.slice(head, all.length - tail).join(''), changed: true },
    { text: all.slice(all.length - tail).join(''), changed: false },
  ]
  return parts.filter((part) => part.text !== '')
}

/** How many lines of the old and of the new text stand before the hunk, unseen since the one before it. */
export function skipped(hunks: readonly Hunk[], at: number): number {
  const hunk = hunks[at]
  const first = hunk?.lines.find((line) => line.new !== null)?.new ?? null
  const before = hunks[at - 1]
  if (!hunk || first === null) return 0
  if (!before || before.file !== hunk.file) return first - 1
  const last = before.lines.findLast((line) => line.new !== null)?.new ?? 0
  return Math.max(0, first - last - 1)
}
