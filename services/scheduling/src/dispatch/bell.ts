/** Wakes who waits. A ring that nobody waits for is not lost to who had asked for the `next` before it. */
export class Bell {
  private waiting = Promise.withResolvers<void>();

  ring(): void {
    this.waiting.resolve();
    this.waiting = Promise.withResolvers<void>();
  }

  next(): { orAfter(ms: number): Promise<void> } {
    const { promise } = this.waiting;
    return {
      async orAfter(ms) {
        if (ms === Infinity) return promise;
        let timer: NodeJS.Timeout | undefined;
        await Promise.race([promise, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
        clearTimeout(timer);
      },
    };
  }
}
