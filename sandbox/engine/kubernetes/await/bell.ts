/** Wakes the waiting caller. A ring without a waiting caller is remembered. */
export class Bell {
  private rung = false;
  private wake: (() => void) | undefined;

  readonly ring = (): void => {
    this.rung = true;
    this.wake?.();
  };

  async wait(milliseconds: number, signal: AbortSignal): Promise<"rung" | "time" | "canceled"> {
    const end = await new Promise<"rung" | "time" | "canceled">((resolve) => {
      const cancel = () => finish("canceled");
      const timer = setTimeout(() => finish("time"), milliseconds);
      const finish = (how: "rung" | "time" | "canceled") => {
        clearTimeout(timer);
        signal.removeEventListener("abort", cancel);
        resolve(how);
      };
      this.wake = () => finish("rung");
      signal.addEventListener("abort", cancel);
      if (signal.aborted) cancel();
      else if (this.rung) finish("rung");
    });
    this.wake = undefined;
    this.rung = false;
    return end;
  }
}
