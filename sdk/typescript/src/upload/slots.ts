/** Lets a limited number of tasks run at a time, first come first served, and none start while it is paused. */
export class Slots {
  readonly #waiting: Array<() => void> = [];
  /** How many tasks run at a time at most. */
  readonly most: number;
  #limit: number;
  #running = 0;
  #paused = false;

  constructor(most: number) {
    this.most = most;
    this.#limit = most;
  }

  get paused(): boolean {
    return this.#paused;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.#start();
  }

  /** Lets half as many tasks run at a time, once those that run have ended. */
  fewer(): void {
    this.#limit = Math.ceil(this.#limit / 2);
  }

  /** Lets one more task run at a time, up to the number in the beginning. */
  more(): void {
    this.#limit = Math.min(this.#limit + 1, this.most);
  }

  /** Runs a task as soon as there is a slot. */
  async run<T>(task: () => T | Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await task();
    } finally {
      this.#running--;
      this.#start();
    }
  }

  /** Has a task that runs wait for its turn again: in a pause, or if there are fewer slots by now. */
  async again(): Promise<void> {
    this.#running--;
    await this.#turn();
  }

  #turn(): Promise<void> {
    return new Promise((start) => {
      this.#waiting.push(start);
      this.#start();
    });
  }

  #start(): void {
    while (!this.#paused && this.#running < this.#limit && this.#waiting.length > 0) {
      this.#running++;
      this.#waiting.shift()?.();
    }
  }
}

/** Does work for each item, for some at the same time. The first failure is passed on, and no more items are begun. */
export async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items.values();
  const worker = async (): Promise<void> => {
    try {
      for (const item of iterator) {
        await work(item);
      }
    } catch (error) {
      // Nothing is left for the others to begin.
      Array.from(iterator);
      throw error;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
