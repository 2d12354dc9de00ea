import type { Hash } from 'node:crypto';

export interface Counted {
  /** A step of a `pipeline`; passes on what it gets. */
  readonly through: (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
  /** That have gone through so far. */
  readonly bytes: number;
  /** Of all bytes, hexadecimal; to be asked once, at the end. */
  readonly digest: string;
}

/** Counts the bytes of a stream, and hashes them where a hash is given. */
export function counted(hash?: Hash): Counted {
  let bytes = 0;
  async function* through(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      bytes += chunk.length;
      hash?.update(chunk);
      yield chunk;
    }
  }
  return {
    through,
    get bytes() {
      return bytes;
    },
    get digest() {
      return hash?.digest('hex') ?? '';
    },
  };
}
