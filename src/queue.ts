/** A first-in, first-out queue; both ends cost the same, however long it is. */
export class Queue<Item> {
  /** Those before `#first` have been taken and are cleared away now and then. */
  #items: Array<Item | undefined> = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  /** The item at a place counted from the front, which must be below `length`. */
  at(place: number): Item {
    return this.#items[this.#first + place]!;
  }

  /** Puts another item in the place of the first one, which there must be. */
  replaceFirst(item: Item): void {
    this.#items[this.#first] = item;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** Takes the first item; the queue must not be empty. */
  shift(): Item {
    const item = this.#items[this.#first]!;
    this.#items[this.#first] = undefined;
    this.#first += 1;
    if (this.#first > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}
