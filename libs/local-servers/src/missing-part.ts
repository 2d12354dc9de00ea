/**
 * Something this machine lacks: Java, a port, room on the disk. Callers print `message` on one line and end; its stack
 * says nothing that helps.
 */
export class MissingPart extends Error {
  override readonly name: string = 'MissingPart';

  /**
   * @param what what is missing, e.g. `no Java 17+ found`
   * @param hint what to do about it, e.g. `install it, or set KAFKA_BROKERS`
   */
  constructor(
    readonly what: string,
    readonly hint: string,
  ) {
    super(`${what}: ${hint}`);
  }
}

/** There is no way to a Kafka here; whoever can do without one goes on. */
export class MissingKafka extends MissingPart {
  override readonly name = 'MissingKafka';
}
