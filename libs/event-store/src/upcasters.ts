/** Old event versions become the current one on the way out; a stored event is never rewritten. */
import type { EventDeclaration, EventGroup, Recorded } from '@pioche/contracts';

export class Upcasters {
  private readonly declarations = new Map<string, EventDeclaration>();

  constructor(groups: readonly EventGroup[]) {
    for (const group of groups) for (const [type, declaration] of Object.entries(group.events)) this.declarations.set(type, declaration);
  }

  /** The version an event of this type is written in. @throws Error for a type that is not declared */
  currentVersion(type: string): number {
    const declaration = this.declarations.get(type);
    if (!declaration) throw new Error(`event ${type} is not declared in contracts`);
    return declaration.version;
  }

  /** The event in its current version. */
  current(event: Recorded): Recorded {
    const declaration = this.declarations.get(event.type);
    return declaration && event.schemaVersion < declaration.version ? { ...event, data: this.upcast(event.type, event.schemaVersion, event.data) } : event;
  }

  /** Data of an older version, step by step to the current one. */
  upcast(type: string, version: number, data: unknown): unknown {
    const declaration = this.declarations.get(type);
    if (!declaration || version >= declaration.version) return data;
    let current = data;
    for (const step of declaration.history ?? []) if (step.version >= version) current = step.upcast(current as never);
    return current;
  }
}
