/** Causes of failure: which are muted, and what a hint against one says. */
import type { Document } from '../../lib/contract'

export interface Member {
  id: number
  operator: string
  at: number
  seconds: number | null
  said: string
}

export interface Cause {
  number: number
  status: string
  cause: string
  line: string
  count: number
  first: number
  last: number
  first_at: number
  last_at: number
  seconds: number
  usd: number | null
  example: number
  said: string
  operators: Record<string, number>
  members: Member[]
  trend?: number[]
}

export interface FailuresDocument extends Document {
  run: string
  of: number
  failed: number
  rejected: number
  seconds: number
  causes: Cause[]
  empty: number
  empties: Record<string, number>
  model?: Record<string, number> | null
}

/** What a cause is known by while its number and its counts change. */
export function keyOf(cause: Cause): string {
  return `${cause.status}\n${cause.cause}\n${cause.line}`
}

const LONGEST = 600 // characters of somebody else's words in a hint

/** A sentence for those who propose: what keeps failing, with an example. */
export function asHint(cause: Cause): string {
  const said = cause.said.trim().split('\n')[0] ?? ''
  const where = cause.line ? ` (${cause.line})` : ''
  const example = said && said !== cause.cause ? `, e.g. "${said}"` : ''
  const times = cause.count === 1 ? 'one candidate' : `${cause.count} candidates`
  const text = `Avoid what made ${times} come to nothing: ${cause.cause}${where}${example}.`
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}

/** The heights of a trend's bars, 0 to 1; a stretch with any failure can be seen. */
export function heights(trend: readonly number[]): number[] {
  const most = Math.max(...trend, 1)
  return trend.map((each) => (each === 0 ? 0 : Math.max(0.12, each / most)))
}

/** The trend in words: where most of it lies. */
export function inWords(trend: readonly number[]): string {
  const sum = trend.reduce((a, b) => a + b, 0)
  if (sum === 0) return 'none'
  const third = Math.ceil(trend.length / 3)
  const parts = [trend.slice(0, third), trend.slice(third, -third), trend.slice(-third)].map((part) => part.reduce((a, b) => a + b, 0) / sum)
  const at = parts.findIndex((part) => part > 0.6)
  return at < 0 ? 'all along' : ['mostly early', 'mostly in the middle', 'mostly late'][at] ?? ''
}

const KEY = 'speciate-muted'

/** The causes that are muted on this machine, by run. */
export function muted(run: string): Set<string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(`${KEY}:${run}`) ?? '[]')
    return new Set(Array.isArray(kept) ? kept.filter((each) => typeof each === 'string') : [])
  } catch {
    return new Set() // a browser that stores nothing, or stored by something else
  }
}

export function keepMuted(run: string, keys: ReadonlySet<string>): void {
  try {
    localStorage.setItem(`${KEY}:${run}`, JSON.stringify([...keys]))
  } catch {
    // It lives as long as the page.
  }
}
