import { parseOptions, Usage } from './options.js';

const parse = (...argv: string[]) => parseOptions('npm start --', argv, '.pioche/embedded');
const refused = (...argv: string[]): Usage => {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof Usage) return error;
  }
  throw new Error('not refused');
};

it('has sensible defaults', () =>
  expect(parse()).toEqual({ format: 'pioche', days: 30, seed: 1, once: false, fresh: false, port: 4000, dataDir: '.pioche/embedded' }));

it('reads every option', () =>
  expect(parse('--jobs', 'a.csv', '--format', 'philly', '--days', '2', '--max-jobs', '9', '--seed', '7', '--once', '--fresh', '--report', 'r.json', '--port', '5000', '--data-dir', 'd')).toEqual({
    jobs: 'a.csv', format: 'philly', days: 2, maxJobs: 9, seed: 7, once: true, fresh: true, report: 'r.json', port: 5000, dataDir: 'd',
  }));

it.each([
  [['--dayz', '3'], /unknown option '--dayz'/],
  [['--days', '0'], /from 1 to 30/],
  [['--format', 'swf'], /Allowed choices are philly, pioche/],
  [['extra'], /too many arguments/],
])('ends with 2 and says what is wrong: %j', (argv, message) => {
  const usage = refused(...argv);
  expect(usage.status).toBe(2);
  expect(usage.message).toMatch(message);
});

it('explains itself', () => {
  const help = refused('--help');
  expect(help.status).toBe(0);
  for (const option of ['--jobs', '--format', '--days', '--max-jobs', '--seed', '--once', '--fresh', '--report', '--port', '--data-dir']) expect(help.message).toContain(option);
});
