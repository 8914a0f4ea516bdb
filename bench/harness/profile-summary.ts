import type { Profiler } from 'node:inspector';

export interface Share {
  name: string;
  /** Part of the time in which the process was not idle. */
  share: number;
}

export interface ProfileSummary {
  /** By package: time in its own functions. */
  packages: Share[];
  /** By function: the same. */
  functions: Share[];
  /** By function of this module: with all that it calls. */
  calls: Share[];
}

const OURS = 'nestjs-ants-otp';

/** Where a CPU profile says that the time went, the most first. */
export function summaryOf({ nodes, samples = [] }: Profiler.Profile): ProfileSummary {
  const own = new Map<number, number>();
  for (const id of samples) own.set(id, (own.get(id) ?? 0) + 1);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const idle = nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)');
  const busy = samples.length - idle.reduce((sum, { id }) => sum + (own.get(id) ?? 0), 0);

  const packages = new Map<string, number>();
  const functions = new Map<string, number>();
  const calls = new Map<string, number>();
  const add = (to: Map<string, number>, name: string, count: number): void => {
    to.set(name, (to.get(name) ?? 0) + count);
  };
  const walk = (id: number, above: ReadonlySet<string>): number => {
    const node = byId.get(id);
    if (!node || idle.includes(node)) return 0;
    const { callFrame, children = [] } = node;
    const mine = own.get(id) ?? 0;
    const place = packageOf(callFrame.url);
    const name = `${callFrame.functionName || '(anonymous)'}, ${fileOf(callFrame)}`;
    add(packages, place, mine);
    add(functions, name, mine);
    const within = place === OURS ? new Set([...above, name]) : above;
    const whole = children.reduce((sum, child) => sum + walk(child, within), mine);
    // A function that is already above this one has counted all of it.
    if (place === OURS && !above.has(name)) add(calls, name, whole);
    return whole;
  };
  const [root] = nodes;
  if (root) walk(root.id, new Set());
  const sorted = (counts: ReadonlyMap<string, number>): Share[] =>
    [...counts]
      .map(([name, count]) => ({ name, share: count / busy }))
      .sort((a, b) => b.share - a.share);
  return { packages: sorted(packages), functions: sorted(functions), calls: sorted(calls) };
}

function packageOf(url: string): string {
  const path = url.split('/node_modules/').at(-1) ?? '';
  if (url === '') return 'V8 and native code';
  if (url.startsWith('node:')) return 'node';
  if (!url.includes('/node_modules/')) return OURS;
  return path.split('/', path.startsWith('@') ? 2 : 1).join('/');
}

const fileOf = ({ url, lineNumber }: Profiler.Profile['nodes'][number]['callFrame']): string =>
  url === ''
    ? packageOf(url)
    : `${packageOf(url)} ${url.split('/').at(-1) ?? ''}:${lineNumber + 1}`;
