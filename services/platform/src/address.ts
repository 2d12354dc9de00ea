import type { ContextName } from '@pioche/contracts';

/** Base URL of a context: `{context}` in the text stands for it, else its name is put behind. */
export const addressOf = (template: string, context: ContextName): string =>
  template.includes('{context}') ? template.replaceAll('{context}', context) : `${template.replace(/\/$/, '')}/${context}`;
