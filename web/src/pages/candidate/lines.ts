/** Lines of a program as they are drawn. */
import type { Token } from './documents'

export interface Numbered {
  number: number
  tokens: Token[]
  /** Between the markers: this may change. */
  evolves: boolean
}

/** Numbers the lines from 1 and says which stand between EVOLVE-BLOCK-START and EVOLVE-BLOCK-END. */
export function evolving(lines: readonly Token[][]): Numbered[] {
  let inside = false
  return lines.map((tokens, at) => {
    const text = tokens.map(([, part]) => part).join('')
    if (text.includes('EVOLVE-BLOCK-END')) inside = false
    const line = { number: at + 1, tokens, evolves: inside }
    if (text.includes('EVOLVE-BLOCK-START')) inside = true
    return line
  })
}

/** A text without spans, as lines. */
export function plainLines(text: string): Token[][] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => [['', line]])
}

/** The line of "seed.py line 9" or "line 9", null where none is named. */
export function lineOf(where: string): number | null {
  const match = /(?:^|\s)line (\d+)\b/u.exec(where)
  return match ? Number(match[1]) : null
}

/** The last lines of what a process printed, and how many stand before them. */
export function tail(text: string, most: number): { text: string; before: number } {
  const lines = text.replace(/\n+$/u, '').split('\n')
  const before = Math.max(0, lines.length - most)
  return { text: lines.slice(before).join('\n'), before }
}

/** The candidate that a reason names: "duplicate of 412" and the like. */
export function originalOf(reason: string | null): number | null {
  const match = /\bduplicate of (\d+)\b/iu.exec(reason ?? '')
  return match ? Number(match[1]) : null
}
