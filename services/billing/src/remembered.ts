const KEPT = 10_000;

/** The same function, which remembers its last answers: the events of a batch ask for the same few ids again and again. */
export function remembered<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const there = known.get(text);
    if (there !== undefined) return there;
    if (known.size === KEPT) known.clear();
    const made = make(text);
    known.set(text, made);
    return made;
  };
}
