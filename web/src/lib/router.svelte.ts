/** Where the page is. Addresses are real paths; an exported page, which opens from disk, has them after a "#". */
import { isExport } from './api'

export type PageName =
  | 'runs' | 'overview' | 'tree' | 'grid' | 'islands' | 'moves' | 'population'
  | 'failures' | 'compare' | 'memory' | 'log' | 'candidate' | 'missing' // prettier-ignore

export interface Route {
  page: PageName
  run: string | null
  /** The reference of a candidate: an id, "best", "seed", "412~1". */
  ref: string | null
  query: URLSearchParams
}

const OF_RUN: PageName[] = ['tree', 'grid', 'islands', 'moves', 'population', 'failures', 'compare', 'memory', 'log']

const CARRIED = ['at', 'island']

/** What a path means: `/r/RUN/c/412`. */
export function parse(path: string, search: string): Route {
  const query = new URLSearchParams(search)
  const parts = path.split('/').filter(Boolean).map(decoded)
  const [first, run = null, page, ref = null] = parts
  if (first === undefined) return { page: 'runs', run: null, ref: null, query }
  if (first === 'compare' && parts.length === 1) return { page: 'compare', run: null, ref: null, query }
  if (first !== 'r' || run === null) return { page: 'missing', run: null, ref: null, query }
  if (page === undefined) return { page: 'overview', run, ref: null, query }
  if (page === 'c' && ref !== null) return { page: 'candidate', run, ref, query }
  const known = OF_RUN.find((each) => each === page)
  return { page: known ?? 'missing', run, ref: null, query }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address of a page of a run: `to('bin_packing-1', 'tree')`, `to(run, 'candidate', 412)`. What the address says of
 * time and of the island looked at goes along, unless `query` sets it. */
export function to(run: string, page: PageName = 'overview', ref: string | number | null = null, query: Record<string, string | number | null> = {}): string {
  const base = `/r/${encodeURIComponent(run)}`
  const tail = page === 'overview' ? '' : page === 'candidate' ? `/c/${encodeURIComponent(String(ref))}` : `/${page}`
  const words = new URLSearchParams()
  for (const name of CARRIED) {
    const word = route.query.get(name)
    if (word && run === route.run) words.set(name, word)
  }
  for (const [name, value] of Object.entries(query)) {
    if (value === null) words.delete(name)
    else words.set(name, String(value))
  }
  return href(base + tail + (words.size ? `?${words.toString()}` : ''))
}

/** An address as a link has it. */
export function href(path: string): string {
  return isExport() ? `#${path}` : path
}

function here(): Route {
  if (!isExport()) return parse(location.pathname, location.search)
  const [path = '', search = ''] = location.hash.slice(1).split('?')
  return parse(path || '/', search)
}

let current = $state.raw<Route>({ page: 'runs', run: null, ref: null, query: new URLSearchParams() })

/** The route of now; reading its fields in a component keeps the component up to date. */
export const route: Readonly<Route> = {
  get page() { return current.page },
  get run() { return current.run },
  get ref() { return current.ref },
  get query() { return current.query },
} // prettier-ignore

/** Go to an address made by `to` or `href`. */
export function navigate(address: string, replace = false): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', address)
  current = here()
  if (!replace) window.scrollTo(0, 0)
}

/** Change words of the query of this page, without a step in the history. null removes one. */
export function setQuery(words: Record<string, string | number | null>): void {
  const query = new URLSearchParams(current.query)
  for (const [name, value] of Object.entries(words)) {
    if (value === null || value === '') query.delete(name)
    else query.set(name, String(value))
  }
  const tail = query.size ? `?${query.toString()}` : ''
  const path = isExport() ? `#${location.hash.slice(1).split('?')[0] ?? '/'}` : location.pathname
  history.replaceState(null, '', path + tail)
  current = here()
}

/** Follows the address, and makes links of the page itself change it without a reload. Returns what ends it. */
export function startRouter(): () => void {
  current = here()
  const follow = (): void => {
    current = here()
  }
  const click = (event: MouseEvent): void => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const address = link.getAttribute('href')
    if (!address || link.target || link.hasAttribute('download')) return
    if (!address.startsWith('/') && !address.startsWith('#/')) return
    event.preventDefault()
    navigate(address)
  }
  window.addEventListener('popstate', follow)
  window.addEventListener('hashchange', follow)
  document.addEventListener('click', click)
  return () => {
    window.removeEventListener('popstate', follow)
    window.removeEventListener('hashchange', follow)
    document.removeEventListener('click', click)
  }
}
