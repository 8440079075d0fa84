/** What the server says of runs that are put side by side. */
import type { Point } from '../../charts/options'
import type { Axis, Document, Json, Metric, StateName } from '../../lib/contract'

export interface GroupJson {
  name: string
  runs: string[]
  seeds: (number | null)[]
  end: number
  /** Up to here every run of it went. */
  whole: number
  median: Point[]
  band: [number, number, number][] | null
  why_no_band: string | null
  lines: Record<string, Point[]>
}

export interface Reach {
  reached: number
  of: number
  median: number | null
}

export interface FinalRow {
  recipe: string
  runs: number
  best: number | null
  low: number | null
  high: number | null
  to_target: Reach | null
  p: number | null
  effect: number | null
  wins: number | null
  of: number | null
}

export interface PairJson {
  ours: string
  theirs: string
  of: number
  lead: number | null
  low: number | null
  high: number | null
  wins: number
  ties: number
  losses: number
  p: number | null
  corrected: number | null
  improvement: number
}

export interface RunJson {
  run: string
  group: string
  seed: number | null
  state: StateName
  best: number | null
  best_id: number | null
  evals: number
  end: number
}

export interface CompareDocument extends Document {
  problem: string
  metric: Metric
  x: Axis
  ends: Record<Axis, number | null>
  runs: RunJson[]
  groups: GroupJson[]
  table: FinalRow[]
  pairs: PairJson[]
  edf: { scores: Record<string, Point[]>; reached: Record<string, Point[]> | null } | null
  settings: { key: string; values: Record<string, Json> }[]
  warnings: string[]
  cut: number | null
  target: number | null
  reference: string | null
}
