/** Which dialog of steering is open. The header and the pages ask for one; `Steer.svelte` shows it. */
export type Ask =
  | { kind: 'pause' | 'resume' | 'stop' | 'budget' }
  | { kind: 'hint'; candidate?: number; text?: string }
  | { kind: 'submit'; candidate?: number }
  | { kind: 'pin' | 'unpin' | 'ban' | 'unban'; candidate: number }

let open = $state.raw<Ask | null>(null)

export const steer = {
  get open(): Ask | null {
    return open
  },
  ask(what: Ask): void {
    open = what
  },
  close(): void {
    open = null
  },
}
