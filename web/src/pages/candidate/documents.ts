/** What the server says of one candidate: the documents of the tabs. Scores are in the user's metric. */
import type { Document, Json, Metric, Row, Status } from '../../lib/contract'

export interface Step {
  id: number
  operator: string
  score: number | null
}

export interface Plan {
  kind?: string
  parents?: number[]
  inspirations?: number[]
  operator?: string
  island?: number
  notes?: Json
  data?: Json
}

export interface Detail extends Document {
  run: string
  metric: Metric
  row: Row
  text: string
  files: Record<string, string>
  rank: number | null
  of: number
  path: Step[]
  children: number
  cases: number[]
  stage: string
  feedback: string | null
  artifacts: Record<string, string>
  shown: Record<string, number>
  held_out: number | null
  polish: Record<string, string>
  notes: Json
  plan: Plan | null
}

/** [class, text]; the classes are kw, str, num, com, fn, op and "" for the rest. */
export type Token = [string, string]

export interface TextDocument extends Document {
  file: string
  text: string
  tokens: Token[][]
}

export interface DiffLine {
  op: ' ' | '+' | '-'
  old: number | null
  new: number | null
  text: string
}

export interface Hunk {
  file: string
  lines: DiffLine[]
}

export interface DiffDocument extends Document {
  run: string
  from: { run: string; id: number; score: number | null; status: Status }
  to: { id: number; score: number | null; status: Status; operator: string }
  diff: string[]
  lines: number
  cases: { compared: number; better: number; worse: number }
  hunks: Hunk[]
}

export interface Cost {
  usd?: number | null
  tokens?: number
  input?: number
  output?: number
  seconds?: number
  cpu?: number
}

export interface Call {
  model: string
  prompt: Json
  reply: Json
  cost: Cost | null
}

export interface PromptDocument extends Document {
  run: string
  id: number
  operator: string
  parents: number[]
  parameters: Record<string, Json>
  notes: Json
  calls: Call[]
}

export interface LogEntry {
  seq: number
  at: number
  kind: string
  text: string
  ids: number[]
}

export interface CandidateLogDocument extends Document {
  run: string
  id: number
  events: { seq: number; at: number; body: Json; text?: string }[]
  output: string | null
}

export interface CaseRow {
  name?: string | null
  index?: number
  score: number | null
  parent: number | null
  best: number | null
}

export interface CasesDocument extends Document {
  cases: CaseRow[]
}

export interface ChildrenDocument extends Document {
  rows: Row[]
  total?: number
}

export interface NeighboursDocument extends Document {
  rows: { id: number; score: number | null; distance: number; status?: Status }[]
}
