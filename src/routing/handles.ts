/** What the handles of one neighbour stand for here. Bounded by `HANDLE_MAX` through the decoder. */
export class Handles {
  /** Slot plus one; 0: not bound. */
  #slots: Uint32Array = new Uint32Array(0);
  #generations: Uint8Array = new Uint8Array(0);

  /** Binds a handle to a slot, whatever it stood for before. */
  bind(handle: number, generation: number, slot: number): void {
    if (handle >= this.#slots.length) {
      const length = Math.max(16, handle + 1, Math.ceil(this.#slots.length * 1.25));
      const slots = new Uint32Array(length);
      slots.set(this.#slots);
      this.#slots = slots;
      const generations = new Uint8Array(length);
      generations.set(this.#generations);
      this.#generations = generations;
    }
    this.#slots[handle] = slot + 1;
    this.#generations[handle] = generation;
  }

  /** Forgets a handle. */
  release(handle: number): void {
    if (handle < this.#slots.length) this.#slots[handle] = 0;
  }

  /** The slot that a handle stands for; undefined where it stands for nothing that is kept. */
  slot(handle: number): number | undefined {
    const found = this.#slots[handle] ?? 0;
    return found === 0 ? undefined : found - 1;
  }

  /** The generation under which it was bound. */
  generation(handle: number): number {
    return this.#generations[handle] ?? 0;
  }
}
