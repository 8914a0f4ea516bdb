export interface Bar {
  label: string;
  ratio: number;
  /** Where the ratio is meant to be. */
  goal: number;
}

export interface BarGroup {
  title: string;
  bars: readonly Bar[];
}

const WIDTH = 760;
const LABEL = 300;
const BAR = 22;
const TITLE = 40;
const VALUE = 60;

/** Bars of ratios with a line at each goal, as an SVG that is legible on light and dark pages. */
export function ratioChart(groups: readonly BarGroup[]): string {
  const most = Math.max(
    ...groups.flatMap(({ bars }) => bars.flatMap((bar) => [bar.ratio, bar.goal])),
  );
  const scale = (WIDTH - LABEL - VALUE) / most;
  const parts: string[] = [];
  let y = 0;
  for (const { title, bars } of groups) {
    y += TITLE;
    parts.push(`<text x="0" y="${y - 12}" font-weight="bold">${title}</text>`);
    for (const { label, ratio, goal } of bars) {
      const color = ratio >= goal ? '#2e8b57' : '#c77700';
      const length = (ratio * scale).toFixed(1);
      const mark = (LABEL + goal * scale).toFixed(1);
      parts.push(
        `<text x="${LABEL - 10}" y="${y + 15}" text-anchor="end">${label}</text>`,
        `<rect x="${LABEL}" y="${y + 3}" width="${length}" height="${BAR - 6}" fill="${color}"/>`,
        `<line x1="${mark}" x2="${mark}" y1="${y}" y2="${y + BAR}" stroke="#777" stroke-width="2"/>`,
        `<text x="${Math.max(LABEL + ratio * scale, Number(mark)) + 6}" y="${y + 15}">${ratio.toFixed(2)}</text>`,
      );
      y += BAR;
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" font-family="sans-serif" font-size="13" fill="#777">`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}
