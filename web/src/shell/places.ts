/** Where a few letters may lead. */
import { href, to, type PageName } from '../lib/router.svelte'

export interface Place {
  label: string
  hint: string
  address: string
}

/** Each page of a run, its name and the key after "g". */
export const TABS: readonly { page: PageName; label: string; key: string }[] = [
  { page: 'overview', label: 'Overview', key: 'o' },
  { page: 'tree', label: 'Tree', key: 't' },
  { page: 'grid', label: 'Grid', key: 'g' },
  { page: 'islands', label: 'Islands', key: 'i' },
  { page: 'moves', label: 'Moves', key: 'm' },
  { page: 'population', label: 'Population', key: 'p' },
  { page: 'failures', label: 'Failures', key: 'f' },
  { page: 'compare', label: 'Compare', key: 'c' },
  { page: 'memory', label: 'Memory', key: 'n' },
  { page: 'log', label: 'Log', key: 'l' },
]

const REF = /^(best|seed|\d+)(~\d*)*$/

/** What a text may mean, the likeliest first. */
export function places(text: string, run: string | null, here: PageName): Place[] {
  const words = text.trim()
  if (run === null) {
    return words ? [{ label: `runs with “${words}”`, hint: 'filter', address: href(`/?q=${encodeURIComponent(words)}`) }] : []
  }
  const found: Place[] = []
  if (REF.test(words)) {
    found.push({ label: `candidate ${words}`, hint: 'open', address: to(run, 'candidate', words) })
  }
  const low = words.toLowerCase()
  for (const tab of TABS) {
    if (tab.page !== here && tab.label.toLowerCase().startsWith(low)) {
      found.push({ label: tab.label, hint: `g ${tab.key}`, address: to(run, tab.page) })
    }
  }
  if (words && !REF.test(words)) {
    const query = /[:<>=]/.test(words) ? words : `text:${words}`
    found.push({ label: query, hint: 'in the population', address: to(run, 'population', null, { q: query }) })
  }
  return found
}
