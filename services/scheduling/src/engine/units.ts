/** A whole GPU, in thousandths. */
export const WHOLE = 1000;
/** GPUs of a node at most: the bits of a word. */
export const MAX_GPUS = 32;
