/** A kubectl that runs here, fetched where there is none; nothing where none can be had. */
export function kubectl(): string | undefined;
/** All objects of a kustomization, as YAML. @throws Error with what kustomize says */
export function render(program: string, folder: string): string;
