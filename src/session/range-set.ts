/**
 * Disjoint half-open ranges of whole numbers in ascending order. Serves packet numbers and stream
 * offsets; appending at the end is the fast path.
 */
export class RangeSet {
  #starts: number[] = [];
  #ends: number[] = [];

  /** Number of ranges. */
  get size(): number {
    return this.#starts.length;
  }

  /** First number of range `index`, counted from the lowest. */
  start(index: number): number {
    return this.#starts[index] ?? 0;
  }

  /** One past the last number of range `index`. */
  end(index: number): number {
    return this.#ends[index] ?? 0;
  }

  /** Whether `value` lies in one of the ranges. */
  has(value: number): boolean {
    const index = this.#firstEndingAbove(value);
    return index < this.size && this.start(index) <= value;
  }

  /** Adds `start` … `end - 1`, joining what touches. */
  add(start: number, end: number): void {
    if (start >= end) return;
    const last = this.size - 1;
    if (last < 0) {
      // Most sets hold one range for good; `push` would make room for 17.
      this.#starts = [start];
      this.#ends = [end];
      return;
    }
    if (start > this.end(last)) {
      this.#starts.push(start);
      this.#ends.push(end);
      return;
    }
    const first = this.#firstEndingAbove(start - 1);
    let after = first;
    while (after < this.size && this.start(after) <= end) after++;
    if (after === first) {
      this.#starts.splice(first, 0, start);
      this.#ends.splice(first, 0, end);
      return;
    }
    const joinedStart = Math.min(start, this.start(first));
    const joinedEnd = Math.max(end, this.end(after - 1));
    if (after - first > 1) {
      this.#starts.splice(first + 1, after - first - 1);
      this.#ends.splice(first + 1, after - first - 1);
    }
    this.#starts[first] = joinedStart;
    this.#ends[first] = joinedEnd;
  }

  /** Takes `start` … `end - 1` out. */
  remove(start: number, end: number): void {
    if (start >= end) return;
    let index = this.#firstEndingAbove(start);
    while (index < this.size && this.start(index) < end) {
      const from = this.start(index);
      const to = this.end(index);
      if (from < start && to > end) {
        this.#ends[index] = start;
        this.#starts.splice(index + 1, 0, end);
        this.#ends.splice(index + 1, 0, to);
        return;
      }
      if (from < start) this.#ends[index++] = start;
      else if (to > end) this.#starts[index++] = end;
      else {
        this.#starts.splice(index, 1);
        this.#ends.splice(index, 1);
      }
    }
  }

  /** Takes out everything below `value`. */
  dropBelow(value: number): void {
    const keep = this.#firstEndingAbove(value);
    if (keep > 0) {
      this.#starts.splice(0, keep);
      this.#ends.splice(0, keep);
    }
    if (this.size > 0 && this.start(0) < value) this.#starts[0] = value;
  }

  /** Takes the lowest range out. */
  dropFirst(): void {
    this.#starts.shift();
    this.#ends.shift();
  }

  /** Takes everything out. */
  clear(): void {
    this.#starts.length = 0;
    this.#ends.length = 0;
  }

  /** Index of the lowest range that reaches beyond `value`; `size` where there is none. */
  #firstEndingAbove(value: number): number {
    let low = 0;
    let high = this.size;
    if (high > 0 && this.end(high - 1) <= value) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.end(middle) > value) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
