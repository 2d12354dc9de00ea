// In the image's build: gathers what a program needs to run, and nothing else, into the folder that becomes the image.
//   node deploy/images/collect.mjs ENTRY FOLDER
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeFileTrace } from '@vercel/nft';
import { stripProgram } from './elf.mjs';

const [entry = '', image = ''] = process.argv.slice(2);
const NODE = '/usr/local/bin/node';
const UID = 65532;

// Drivers and transports that packages offer and nobody has installed are no loss; ours are all installed.
const { fileList } = await nodeFileTrace([entry], { base: process.cwd() });
for (const file of [...fileList].sort()) put(file, join(image, 'app', file));

putProgram(NODE);
write('etc/passwd', `root:x:0:0:root:/:/sbin/nologin\npioche:x:${UID}:${UID}:pioche:/tmp:/sbin/nologin\n`);
write('etc/group', `root:x:0:\npioche:x:${UID}:\n`);
// glibc's own order asks the name server first.
write('etc/nsswitch.conf', 'hosts: files dns\n');
mkdirSync(join(image, 'tmp'));
chmodSync(join(image, 'tmp'), 0o1777);

/** Copies a file, or a link as a link. @param {string} from @param {string} to */
function put(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else copyFileSync(from, to);
}

/** A program, and the shared libraries that it is loaded with. @param {string} program */
function putProgram(program) {
  put(realpathSync(program), join(image, program));
  stripProgram(join(image, program));
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(?:=> )?(\/\S+) \(0x/g);
  for (const [, library = ''] of libraries) {
    put(realpathSync(library), join(image, library));
    notePackage(realpathSync(library));
  }
}

/** Says which Debian package a file is of, where scanners look for that in images without dpkg. @param {string} file */
function notePackage(file) {
  const owner = execFileSync('dpkg', ['--search', file.replace(/^\/usr/, '*')], { encoding: 'utf8' }).split(':')[0] ?? '';
  write(`var/lib/dpkg/status.d/${owner}`, execFileSync('dpkg', ['--status', owner], { encoding: 'utf8' }));
}

/** @param {string} path @param {string} text */
function write(path, text) {
  mkdirSync(dirname(join(image, path)), { recursive: true });
  writeFileSync(join(image, path), text, { mode: 0o644 });
}

console.log(`${fileList.size} files of ${readdirSync(join(image, 'app')).join(', ')}`);
