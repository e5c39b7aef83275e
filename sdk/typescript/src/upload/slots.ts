/** Lets a limited number of tasks run at a time, first come first served, and none start while it is paused. */
export class Slots {
  readonly #waiting: Array<() => void> = [];
  #free: number;
  #paused = false;

  constructor(count: number) {
    this.#free = count;
  }

  get paused(): boolean {
    return this.#paused;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.#start();
  }

  /** Runs a task as soon as there is a slot. */
  async run<T>(task: () => T | Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      this.#waiting.push(start);
      this.#start();
    });
    try {
      return await task();
    } finally {
      this.#free++;
      this.#start();
    }
  }

  #start(): void {
    while (!this.#paused && this.#free > 0 && this.#waiting.length > 0) {
      this.#free--;
      this.#waiting.shift()?.();
    }
  }
}

/** Does work for each item, for some at the same time. The first failure is passed on, and no more items are begun. */
export async function each<T>(items: Iterable<T>, atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const worker = async (): Promise<void> => {
    try {
      for (let next = iterator.next(); !next.done && !failed; next = iterator.next()) {
        await work(next.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
