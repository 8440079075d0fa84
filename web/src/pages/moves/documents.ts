/** What the server says of moves and models. */
import type { Document } from '../../lib/contract'
import type { By } from './shares'

/** null: not known, or nothing that this row could have. `p50` and `p95` are seconds of a model's answers. */
export interface MoveRow {
  name: string
  tries: number
  share: number
  improved: number
  gain: number
  gain_per_try: number | null
  gain_per_usd: number | null
  usd: number | null
  tokens: number | null
  p50: number | null
  p95: number | null
  throttled: number | null
  cut: number | null
  empty: number | null
  patch_failures: number | null
  rejected: number | null
  failed: number | null
}

export interface MovesDocument extends Document {
  by: By
  rows: MoveRow[]
  priced: boolean
}
