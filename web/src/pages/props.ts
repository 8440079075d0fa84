import type { RunStore } from '../lib/run.svelte'

/** What a page of a run is given. What else stands in the address it reads from `route`. */
export interface PageProps {
  run: RunStore
}

/** A page that may stand outside a run. */
export interface OpenPageProps {
  run: RunStore | null
}
