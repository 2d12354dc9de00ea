/** Of this build, as its documents, metrics and spans name it. */
export const VERSION = '0.1.0';
