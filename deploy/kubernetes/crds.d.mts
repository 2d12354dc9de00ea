/** YAML files of the operators' CustomResourceDefinitions, fetched where they are not kept; and a line for each source that cannot be had here. */
export function crds(): { readonly files: readonly string[]; readonly missing: readonly string[] };
