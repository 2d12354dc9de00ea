import { derivedId } from '@pioche/kernel';
import type { PartKind } from '@pioche/contracts';

/** The id of a part follows from what is printed on it: registered twice, it is still one stream. */
export const partId = (kind: PartKind, serial: string) => derivedId('part', kind, serial);

/** The id of a GPU: the same 26 letters as its part's. */
export const gpuId = (serial: string) => derivedId('gpu', 'gpu', serial);
