/** Tells whoever drives or measures the page that what was asked for is on the screen. */
export type Shown = 'data' | 'empty' | 'error'

/** A new page is on its way: nothing is ready. */
export function unready(page: string): void {
  const main = document.getElementById('main')
  if (!main) return
  main.dataset.page = page
  delete main.dataset.ready
  delete main.dataset.state
}

/** A page calls this from an effect when its first data, its empty state or its error is drawn. */
export function ready(shown: Shown = 'data'): void {
  requestAnimationFrame(() => {
    const main = document.getElementById('main')
    if (!main) return
    if (shown === 'data') delete main.dataset.state
    else main.dataset.state = shown
    if (main.dataset.ready) return
    main.dataset.ready = 'true'
    performance.mark(`speciate:${main.dataset.page ?? ''}:ready`)
  })
}
