/** A map that forgets what was set longest ago, beyond so many entries. */
export class Latest<Key, Value> extends Map<Key, Value> {
  readonly #max: number;

  constructor(max: number) {
    super();
    this.#max = max;
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    const [oldest] = this.keys();
    if (this.size >= this.#max && oldest !== undefined) this.delete(oldest);
    return super.set(key, value);
  }
}
