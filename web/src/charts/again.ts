/** Asks again as a run goes on, at most so often; what came last is always asked for. */
export class Again {
  private last = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  /** `every` in milliseconds. */
  constructor(
    private readonly every: number,
    private readonly ask: () => void,
  ) {}

  /** Something is new. */
  soon(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.last = Date.now()
      this.ask()
    }, Math.max(0, this.last + this.every - Date.now()))
  }

  stop(): void {
    clearTimeout(this.timer)
  }
}
