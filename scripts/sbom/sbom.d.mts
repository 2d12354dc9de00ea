/** CycloneDX 1.5, as far as it is used here. */
export interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly { readonly license?: { readonly id?: string; readonly name?: string }; readonly expression?: string }[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}
export interface Bom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** Writes dist/sbom.cdx.json. @returns the exit status */
export function sbom(): Promise<number>;
/** What runs in production. @param inProduction `name@version` of what is asked for instead, beside our own packages @throws Error when npm cannot tell */
export function makeSbom(inProduction?: ReadonlySet<string>): Bom;
