// Jest's results (--json --outputFile) as one line; a suite that did not run counts as one failure.
import { readFileSync } from 'node:fs';

const file = readFileSync(process.argv[2] ?? '', 'utf8');
const results = file === '' ? { numRuntimeErrorTestSuites: 1 } : JSON.parse(file);
const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0, numRuntimeErrorTestSuites = 0 } = results;
const failed = numFailedTests + numRuntimeErrorTestSuites;
console.log(`${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
