/** People's notes on candidates, of the run that the page shows. */
import { untrack } from 'svelte'
import { ApiError, get, isExport, patch } from '../../lib/api'
import type { Document } from '../../lib/contract'

interface MetaDocument extends Document {
  notes?: Record<string, string>
  locked?: string | null
}

let run = $state('')
let held = $state.raw<Record<string, string>>({})
let editing = $state<number | null>(null)
let trouble = $state('')

const path = (name: string): string => `/api/runs/${encodeURIComponent(name)}/meta`

export const notes = {
  get editing(): number | null {
    return editing
  },
  get trouble(): string {
    return trouble
  },
  of(name: string, id: number): string {
    return name === run ? (held[id] ?? '') : ''
  },
  edit(id: number): void {
    trouble = ''
    editing = id
  },
  close(): void {
    editing = null
  },
  /** Once for a run. Without an answer there are just no notes: the page does not need them. */
  load(name: string): void {
    if (untrack(() => run) === name || isExport()) return
    run = name
    held = {}
    untrack(() => void fetched(name))
  },
  /** An empty text removes the note. */
  async keep(name: string, id: number, text: string): Promise<void> {
    try {
      const found = await patch<MetaDocument>(path(name), { notes: { [id]: text || null } })
      held = found.notes ?? {}
      editing = null
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      trouble = `${error.what}: ${error.remedy}`
    }
  },
}

async function fetched(name: string): Promise<void> {
  try {
    const found = await get<MetaDocument>(path(name))
    if (run === name) held = found.notes ?? {}
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
}
