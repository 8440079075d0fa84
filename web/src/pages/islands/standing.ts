/** The rows of the table of islands: the server's, and what the columns tell of each. */
import type { Columns } from '../../lib/columns'
import type { IslandRow } from './documents'
import type { Born } from './islands'

/** `tries` are the candidates evaluated there. */
export type Standing = IslandRow & { tries: number | null }

/** `past`: what only the server knows, and of now alone, is unknown. */
export function asOfMoment(rows: readonly IslandRow[], born: readonly Born[], columns: Columns | null, past: boolean): Standing[] {
  return rows.map((row) => {
    const here = born[row.index]
    const tries = columns ? (here?.tries ?? 0) : null
    if (!past || !columns) return { ...row, tries }
    const best = here?.best ?? -1
    return {
      index: row.index,
      size: null,
      best: best < 0 ? null : (columns.score[best] as number),
      best_id: best < 0 ? null : (columns.id[best] as number),
      median: here && !Number.isNaN(here.median) ? here.median : null,
      diversity: null,
      age: null,
      source: null,
      tries,
    }
  })
}
