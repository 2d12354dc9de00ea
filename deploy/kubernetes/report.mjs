// What was looked at, one line each; what does not hold is said at once and again at the end.

/** @typedef {(name: string, look: () => Promise<string | void>) => Promise<boolean>} Check */

/** @param {(line: string) => void} say @returns {{ check: Check, end: () => number }} `check` runs a look: what it returns is told, what it throws is why it does not hold */
export function report(say) {
  const begun = Date.now();
  let held = 0;
  /** @type {string[]} */
  const failed = [];
  return {
    async check(name, look) {
      const start = Date.now();
      const took = () => `${((Date.now() - start) / 1000).toFixed(1)} s`;
      try {
        const detail = await look();
        held++;
        say(`ok    ${name}${detail ? `: ${detail}` : ''} (${took()})`);
        return true;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failed.push(`${name}: ${reason}`);
        say(`FAILS ${name}: ${reason} (${took()})`);
        return false;
      }
    },
    end() {
      say(`\n${held} of ${held + failed.length} hold, after ${((Date.now() - begun) / 1000).toFixed(0)} s`);
      for (const line of failed) say(`FAILS ${line}`);
      return failed.length === 0 ? 0 : 1;
    },
  };
}
