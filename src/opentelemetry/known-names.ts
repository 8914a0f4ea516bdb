/** More purposes than an app has. */
const MOST = 50;

/**
 * Keeps labels few: an app that makes a purpose of each order would fill its metrics store. What comes
 * after the first names is one more name, `other`.
 */
export class KnownNames {
  private readonly names = new Set<string>();

  of(name: string): string {
    if (!this.names.has(name) && this.names.size >= MOST) return 'other';
    this.names.add(name);
    return name;
  }
}
