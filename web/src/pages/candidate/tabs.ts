/** The parts of a candidate's page: those that it has. */
import type { Detail } from './documents'

export type Tab = 'code' | 'diff' | 'prompt' | 'feedback' | 'cases' | 'artifacts' | 'log' | 'family'

export interface TabOf {
  name: Tab
  label: string
  count: number | null
}

export function tabsOf(detail: Detail): TabOf[] {
  const artifacts = Object.keys(detail.artifacts).length
  return [
    { name: 'code', label: 'Code', count: null },
    { name: 'diff', label: 'Diff', count: null },
    { name: 'prompt', label: 'Prompt', count: null },
    { name: 'feedback', label: 'Feedback', count: null },
    { name: 'cases', label: 'Cases', count: detail.cases.length || null },
    { name: 'artifacts', label: 'Artifacts', count: artifacts || null },
    { name: 'log', label: 'Log', count: null },
    { name: 'family', label: 'Family', count: detail.children || null },
  ]
}

/** Of what failed one wants to know why, of what was rejected too; of the rest the program. */
export function defaultTab(detail: Detail): Tab {
  return ['ok', 'waiting'].includes(detail.row.status) ? 'code' : 'feedback'
}
