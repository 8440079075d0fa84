/** The scores of single cases beside those of the parent and of the best. */
import type { Metric } from '../../lib/contract'
import type { CaseRow } from './documents'

export type Way = 'case' | 'score' | 'parent' | 'best'

/** How much better a case is than another's (below 0: worse), in the metric's unit; null where one is not known. */
export function gain(metric: Metric, score: number | null, other: number | null): number | null {
  if (score === null || other === null) return null
  const difference = metric.direction === 'minimize' ? other - score : score - other
  return difference === 0 ? 0 : difference
}

/** What a case is called: its name, else its number. */
export function nameOf(row: CaseRow, at: number): string {
  return row.name ?? `case ${row.index ?? at}`
}

/** The cases with their places: as they come, worst scores first, or where most was lost against the other first. */
export function ordered(metric: Metric, rows: readonly CaseRow[], way: Way): [CaseRow, number][] {
  const numbered = rows.map((row, at): [CaseRow, number] => [row, at])
  if (way === 'case') return numbered
  const key = (row: CaseRow): number => {
    if (way !== 'score') return gain(metric, row.score, row[way]) ?? Infinity
    return row.score === null ? -Infinity : metric.direction === 'minimize' ? -row.score : row.score
  }
  return numbered.sort(([a, i], [b, j]) => {
    const [x, y] = [key(a), key(b)]
    return x === y ? i - j : x - y
  })
}

export interface Tally {
  compared: number
  better: number
  worse: number
}

export function tally(metric: Metric, rows: readonly CaseRow[], against: 'parent' | 'best'): Tally {
  const gains = rows.map((row) => gain(metric, row.score, row[against])).filter((each) => each !== null)
  return {
    compared: gains.length,
    better: gains.filter((each) => each > 0).length,
    worse: gains.filter((each) => each < 0).length,
  }
}

/** "3 of 20 better, 2 worse than the parent", "" where nothing can be compared. */
export function sentence(found: Tally, other: string): string {
  if (found.compared === 0) return ''
  if (found.better === 0 && found.worse === 0) return `all ${found.compared} as ${other}`
  return `${found.better} of ${found.compared} better, ${found.worse} worse than ${other}`
}
