/** Names that belong together, and which is with which. */
export class Union {
  readonly #parent = new Map<string, string>();

  add(name: string): void {
    if (!this.#parent.has(name)) this.#parent.set(name, name);
  }

  join(a: string, b: string): void {
    const [first, second] = [this.of(a), this.of(b)];
    if (first === second) return;
    // The smaller name stands for all, whatever the order of joining.
    if (first < second) this.#parent.set(second, first);
    else this.#parent.set(first, second);
  }

  /** One name for all that belong together. */
  of(name: string): string {
    this.add(name);
    let root = name;
    for (let up = this.#parent.get(root); up !== undefined && up !== root; up = this.#parent.get(root)) root = up;
    for (let at = name; at !== root; ) {
      const up = this.#parent.get(at) ?? root;
      this.#parent.set(at, root);
      at = up;
    }
    return root;
  }
}
