const silenced = new Set<string>();

/** Drops Node's warnings of one name, and leaves the others. */
export function silenceWarning(name: string): void {
  if (silenced.size === 0) {
    const emit = process.emitWarning.bind(process);
    process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
      const [options] = rest;
      const type = warning instanceof Error ? warning.name : typeof options === 'string' ? options : (options as { type?: string } | undefined)?.type;
      if (type === undefined || !silenced.has(type)) Reflect.apply(emit, process, [warning, ...rest]);
    };
  }
  silenced.add(name);
}
