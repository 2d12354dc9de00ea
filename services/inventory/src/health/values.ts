/** Reading values as sources write them. A sentinel is no value, never a number. */
import { RECOVERY_ACTIONS, type RecoveryAction } from './observation.js';

const SENTINELS = /^\[?(|-|n\/?a|none|null|nan|not supported|not available|unknown|unknown error|insufficient permissions|gpu is lost|requested functionality has been deprecated|no data)\]?$/i;

/** DCGM writes "blank", "not found", "not supported", "no permission" as the highest four numbers of each type, near 2⁶³, 2⁴⁷ and 2³¹. */
const isBlankNumber = (value: number): boolean =>
  !Number.isFinite(value) || value >= 0x7fff_ffff_ffff_f000 || [2 ** 47, 2 ** 31 - 16].some((blank) => value >= blank && value < blank + 4);

/** The text, unless it stands for no value. */
export function textOf(raw: string | undefined): string | undefined {
  const text = raw?.trim();
  return text === undefined || SENTINELS.test(text) ? undefined : text;
}

/** `69.85 W` → 69.85, `2560 bank(s)` → 2560, `N/A` and 9223372036854775794 → undefined. */
export function numberOf(raw: string | undefined): number | undefined {
  const leading = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?(?=$|[\s%]|x$)/i.exec(textOf(raw) ?? '');
  const value = leading ? Number(leading[0]) : Number.NaN;
  return isBlankNumber(value) ? undefined : value;
}

/** A number that must be a whole one, and not negative. */
export function countOf(raw: string | undefined): number | undefined {
  const value = numberOf(raw);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function flagOf(raw: string | undefined): boolean | undefined {
  switch (raw?.trim().toLowerCase()) {
    case 'yes': case 'true': case '1': return true;
    case 'no': case 'false': case '0': return false;
    default: return undefined;
  }
}

/** A serial or UUID; masked ones (all zeros) name nobody. */
export const nameOf = (raw: string | undefined): string | undefined => {
  const text = textOf(raw);
  return text === undefined || /^(GPU-)?[0-]+$/.test(text) ? undefined : text;
};

/** `00000000:9B:00.0`, `PCI:0000:9b:00` → `0000:9b:00`: sources differ in the width of the domain, in case and function. */
export function busIdOf(raw: string | undefined): string | undefined {
  const found = /([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})(\.[0-9a-f])?$/i.exec(raw?.trim() ?? '');
  return found ? `${found[1]?.slice(-4)}:${found[2]}:${found[3]}`.toLowerCase() : undefined;
}

/** Both as words (`Drain and Reset`) and as NVML's number. */
export function recoveryActionOf(raw: string | undefined): RecoveryAction | undefined {
  const text = raw?.trim().toLowerCase() ?? '';
  if (text === 'none') return 'none';
  const value = countOf(raw);
  if (value !== undefined) return RECOVERY_ACTIONS[value] ?? 'unknown';
  if (textOf(raw) === undefined || text.includes('error')) return undefined;
  if (text.includes('drain')) return text.includes('reset') ? 'drain_and_reset' : 'drain_p2p';
  if (text.includes('reboot')) return 'node_reboot';
  if (text.includes('bus')) return 'bus_reset';
  return text.includes('reset') ? 'gpu_reset' : 'unknown';
}
