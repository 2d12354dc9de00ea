import { NODE_LIFE } from './life.js';

/** The life of a node as a Mermaid state diagram, for the docs. */
export const lifeDiagram = (): string =>
  [
    'stateDiagram-v2',
    '  [*] --> ordered: order',
    ...Object.entries(NODE_LIFE).flatMap(([status, transitions]) =>
      Object.entries(transitions).map(([command, next]) => `  ${status} --> ${next}: ${command}`),
    ),
    '  retired --> [*]',
  ].join('\n');
