import type { Waiting } from './progress.js';

interface Place {
  next: number;
  end: number;
}

/** Of each partition: where it is read on, and where it ended when it was last heard of. */
export class Offsets {
  private readonly places = new Map<string, Place>();

  nextIs(topic: string, partition: number, next: number): void {
    this.place(topic, partition).next = next;
  }

  endIs(topic: string, partition: number, end: number): void {
    this.place(topic, partition).end = end;
  }

  waiting(topic: string, partition: number): Waiting {
    const place = this.place(topic, partition);
    return () => Math.max(0, place.end - place.next);
  }

  private place(topic: string, partition: number): Place {
    const key = `${topic}/${partition}`;
    const place = this.places.get(key) ?? { next: 0, end: 0 };
    this.places.set(key, place);
    return place;
  }
}
