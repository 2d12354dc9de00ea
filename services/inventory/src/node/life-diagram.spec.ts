import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { lifeDiagram } from './life-diagram.js';

it('the README shows the life of a node as the table has it', () =>
  expect(readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8')).toContain(lifeDiagram()));
