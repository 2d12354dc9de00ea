/**
 * Events between the current version, which all code sees, and the one that is written. A stored event is never
 * rewritten: old ones become current on the way out, and while an older version is written new ones are said in it.
 */
import { downcast, upcast, writtenVersion, type EventDeclaration, type EventGroup, type Recorded } from '@pioche/contracts';
import type { Fact } from '@pioche/kernel';

/**
 * The log has an event that a newer release has written in a version that this one does not know: to go on as if it were
 * another would be wrong. Nothing is wrong with what was asked: a replica of the newer release can do it.
 */
export class NewerEventError extends Error {
  override readonly name = 'NewerEventError';
  readonly transient = true;
  constructor({ context, type, schemaVersion, subject, version }: Recorded, known: number) {
    super(`event ${version} of ${subject} in ${context} is ${type} v${schemaVersion}; this release knows it up to v${known}: run the one that wrote it`);
  }
}

export class Upcasters {
  private readonly declarations = new Map<string, EventDeclaration>();

  constructor(groups: readonly EventGroup[]) {
    for (const group of groups) for (const [type, declaration] of Object.entries(group.events)) this.declarations.set(type, declaration);
  }

  /** An event as it goes into the log: its version, and its data in that. @throws Error for a type that is not declared */
  written(type: string, data: unknown): { readonly version: number; readonly data: unknown } {
    const declaration = this.declarations.get(type);
    if (!declaration) throw new Error(`event ${type} is not declared in contracts`);
    return { version: writtenVersion(declaration), data: downcast(declaration, data) };
  }

  /** Facts as they will be read again: without what the version that is written cannot say. */
  readAgain<F extends Fact>(facts: readonly F[]): readonly F[] {
    return facts.map((fact) => {
      const declaration = this.declarations.get(fact.type);
      if (!declaration || writtenVersion(declaration) === declaration.version) return fact;
      return { ...fact, data: upcast(declaration, writtenVersion(declaration), downcast(declaration, fact.data)) };
    });
  }

  /** The event in its current version. @throws NewerEventError */
  current(event: Recorded): Recorded {
    const declaration = this.declarations.get(event.type);
    if (!declaration || event.schemaVersion === declaration.version) return event;
    if (event.schemaVersion > declaration.version) throw new NewerEventError(event, declaration.version);
    return { ...event, data: upcast(declaration, event.schemaVersion, event.data) };
  }
}
