/** What the server says of islands. */
import type { Document } from '../../lib/contract'

/** `age` in active seconds since it was last reset; `source` where its first member came from; `diversity` from 0 (all
 * alike) to 1. null: not known. */
export interface IslandRow {
  index: number
  size: number | null
  best: number | null
  best_id: number | null
  median: number | null
  diversity: number | null
  age: number | null
  source: string | null
}

export interface Migration {
  from: number
  to: number
  count: number
  last_seq: number | null
}

export interface IslandsDocument extends Document {
  islands: IslandRow[]
  migrations: Migration[]
}
