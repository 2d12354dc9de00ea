// The way in: `node scripts/run.mjs <command>`, on any Node ≥ 20 with nothing installed.
if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`pioche: Node 20 or newer is needed, this is ${process.version}: install it from https://nodejs.org`);
  process.exit(1);
}
void import('./lib/main.mjs').then(({ main }) => main(process.argv.slice(2)));
