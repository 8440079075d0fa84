/** The islands of a run at any moment, from the columns: what was born on each. */
import { better, type Columns } from '../../lib/columns'

export interface Born {
  index: number
  /** Candidates evaluated that were born there, and those of them that are ok. */
  tries: number
  ok: number
  /** The row of its best, -1 for none. */
  best: number
  median: number
}

/** By index; those born on every island (a seed) count to each. */
export function bornBy(columns: Columns, order: Int32Array, upto: number, minimize: boolean): Born[] {
  const ok = columns.statuses.indexOf('ok')
  const scores: number[][] = []
  const found: Born[] = []
  const common: number[] = []
  for (let index = 0; index < upto; index++) {
    const row = order[index] as number
    const at = columns.island[row] as number
    const score = columns.status[row] === ok ? (columns.score[row] as number) : NaN
    if (at < 0) {
      if (!Number.isNaN(score)) common.push(row)
      continue
    }
    while (found.length <= at) {
      found.push({ index: found.length, tries: 0, ok: 0, best: -1, median: NaN })
      scores.push([])
    }
    const born = found[at] as Born
    born.tries++
    if (Number.isNaN(score)) continue
    born.ok++
    scores[at]?.push(score)
    if (born.best < 0 || better(score, columns.score[born.best] as number, minimize)) born.best = row
  }
  for (const born of found) {
    born.median = medianOf(scores[born.index] ?? [])
    for (const row of common) {
      if (born.best < 0 || better(columns.score[row] as number, columns.score[born.best] as number, minimize)) born.best = row
    }
  }
  return found
}

export function medianOf(values: readonly number[]): number {
  if (!values.length) return NaN
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const high = sorted[middle] as number
  return sorted.length % 2 ? high : ((sorted[middle - 1] as number) + high) / 2
}

/** The steps of the best so far on each island: at which evaluation, and the score. A seed counts to each. */
export function stepsBy(columns: Columns, order: Int32Array, upto: number, minimize: boolean): [number, number][][] {
  const ok = columns.statuses.indexOf('ok')
  const found: [number, number][][] = []
  let common: [number, number] | null = null
  const add = (steps: [number, number][], step: [number, number]): void => {
    const last = steps.at(-1)
    if (!last || better(step[1], last[1], minimize)) steps.push(step)
  }
  for (let index = 0; index < upto; index++) {
    const row = order[index] as number
    if (columns.status[row] !== ok) continue
    const step: [number, number] = [index + 1, columns.score[row] as number]
    const at = columns.island[row] as number
    if (at < 0) {
      if (!common || better(step[1], common[1], minimize)) common = step
      for (const steps of found) add(steps, step)
      continue
    }
    while (found.length <= at) found.push(common ? [common] : [])
    add(found[at] as [number, number][], step)
  }
  return found
}
