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
export function ratioChart({ title, bars }: BarGroup): string {
  const scale =
    (WIDTH - LABEL - VALUE) / Math.max(...bars.flatMap(({ ratio, goal }) => [ratio, goal]));
  const rows = bars.flatMap(({ label, ratio, goal }, at) => {
    const y = TITLE + at * BAR;
    const [end, mark] = [LABEL + ratio * scale, LABEL + goal * scale];
    const color = ratio >= goal ? '#2e8b57' : '#c77700';
    return [
      `<text x="${LABEL - 10}" y="${y + 15}" text-anchor="end">${label}</text>`,
      `<rect x="${LABEL}" y="${y + 3}" width="${(ratio * scale).toFixed(1)}" height="${BAR - 6}" fill="${color}"/>`,
      `<line x1="${mark.toFixed(1)}" x2="${mark.toFixed(1)}" y1="${y}" y2="${y + BAR}" stroke="#777" stroke-width="2"/>`,
      `<text x="${(Math.max(end, mark) + 6).toFixed(1)}" y="${y + 15}">${ratio.toFixed(2)}</text>`,
    ];
  });
  const height = TITLE + bars.length * BAR + 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" fill="#777">`,
    `<text x="0" y="20" font-weight="bold">${title}</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}
