/** The manifest with the dependencies of a row; see `dependencies.mjs`. */
export function withVersions<Manifest extends { devDependencies: Record<string, string> }>(
  manifest: Manifest,
  versions: { nest: number; typeorm: string },
): Manifest;
