const IRREGULAR: Readonly<Record<string, string>> = { person: 'people' };
const UNCOUNTED = ['health', 'series'];

/** The collection's name in a URL: `node` → `nodes`, `policy` → `policies`, `switch` → `switches`. */
export function pluralOf(name: string): string {
  if (IRREGULAR[name] !== undefined) return IRREGULAR[name];
  if (UNCOUNTED.some((word) => name.endsWith(word))) return name;
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}
