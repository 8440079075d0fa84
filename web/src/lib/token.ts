/** The token of the link. It stands in the fragment, which a browser never sends, and leaves the address at once. */

const KEY = 'speciate-token'
let held: string | null = null

/** Takes the token from the address, once, before anything asks the server. */
export function takeToken(): void {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const given = fragment.get('t')
  if (given) {
    held = given
    keep(given)
    history.replaceState(history.state, '', location.pathname + location.search)
  } else held = kept()
}

export function token(): string | null {
  return held
}

/** A token that a person pasted. */
export function setToken(given: string): void {
  held = given
  keep(given)
}

function keep(given: string): void {
  try {
    sessionStorage.setItem(KEY, given)
  } catch {
    // A browser that stores nothing: the token lives as long as the page.
  }
}

function kept(): string | null {
  try {
    return sessionStorage.getItem(KEY)
  } catch {
    return null
  }
}
