/** Programs in ELF (64 bits, little-endian): what running them needs of them. */
import { readFileSync, writeFileSync } from 'node:fs';

const HEADER = { programTable: 32, sectionTable: 40, programEntry: 54, programEntries: 56, sectionEntries: 60, sectionNames: 62 };
const SEGMENT = { offset: 8, size: 32 };

/**
 * Cuts off what only linkers and debuggers read: everything behind the last segment, which is where section headers and
 * symbol tables are. As `strip`, without binutils.
 * @param {string} file is overwritten
 * @returns {{ before: number, after: number }} bytes
 */
export function stripProgram(file) {
  const elf = readFileSync(file);
  if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1) throw new Error(`${file} is not a 64-bit little-endian ELF file`);
  const table = Number(elf.readBigUInt64LE(HEADER.programTable));
  const [size, count] = [elf.readUInt16LE(HEADER.programEntry), elf.readUInt16LE(HEADER.programEntries)];
  let end = table + size * count;
  for (let at = table; at < table + size * count; at += size) {
    end = Math.max(end, Number(elf.readBigUInt64LE(at + SEGMENT.offset) + elf.readBigUInt64LE(at + SEGMENT.size)));
  }
  elf.writeBigUInt64LE(0n, HEADER.sectionTable);
  elf.writeUInt16LE(0, HEADER.sectionEntries);
  elf.writeUInt16LE(0, HEADER.sectionNames);
  writeFileSync(file, elf.subarray(0, end));
  return { before: elf.length, after: end };
}
