import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import type { Axis, Chart } from './section.ts';

const size = { width: 660, height: 360 };
/** Where the lines are: left, right, top and bottom edge, in pixels. */
const plot = { left: 70, right: 620, top: 64, bottom: 305 };
/** Told apart by people who do not see red and green, too (Okabe and Ito, https://jfly.uni-koeln.de/color/). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

type Scale = ScaleContinuousNumeric<number, number>;

/** Draws a chart as an SVG document. A logarithmic axis leaves out what is not above zero. */
export function drawChart({ title, x, y, series }: Chart): string {
  const shown = series.map(({ name, points }) => ({
    name,
    points: points.filter(([px, py]) => isShown(px, x) && isShown(py, y)),
  }));
  const points = shown.flatMap((line) => line.points);
  const across = scaleOf(
    x,
    points.map(([px]) => px),
    [plot.left, plot.right],
  );
  const up = scaleOf(
    y,
    points.map(([, py]) => py),
    [plot.bottom, plot.top],
  );
  const legendStep = (plot.right - plot.left) / Math.max(3, shown.length);
  const lines = shown.map(({ name, points: own }, n) => {
    const colour = colours[n % colours.length] as string;
    const at = own.map(([px, py]) => [across(px).toFixed(1), up(py).toFixed(1)] as const);
    const dots =
      own.length > 20 ? [] : at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`);
    return [
      `<polyline points="${at.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...dots,
      text(plot.left + n * legendStep, 48, name, `fill="${colour}"`),
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${text(plot.left, 24, title, 'font-size="15" font-weight="bold"')}
${ticksOf(across, x)
  .map((tick) => text(across(tick), plot.bottom + 18, label(tick), 'text-anchor="middle"'))
  .join('\n')}
${ticksOf(up, y)
  .map(
    (tick) =>
      `<path d="M${plot.left} ${up(tick).toFixed(1)}H${plot.right}" stroke="#ddd"/>` +
      text(plot.left - 6, up(tick) + 4, label(tick), 'text-anchor="end"'),
  )
  .join('\n')}
${text((plot.left + plot.right) / 2, plot.bottom + 42, x.label, 'text-anchor="middle"')}
${text(16, (plot.top + plot.bottom) / 2, y.label, `text-anchor="middle" transform="rotate(-90 16 ${(plot.top + plot.bottom) / 2})"`)}
${lines.join('\n')}
</svg>
`;
}

const isShown = (value: number, { scale }: Axis): boolean =>
  Number.isFinite(value) && (scale === 'linear' || value > 0);

/** A linear axis begins at zero, so that no line looks steeper than it is. */
function scaleOf({ scale }: Axis, values: readonly number[], range: [number, number]): Scale {
  const most = values.length > 0 ? Math.max(...values) : 1;
  if (scale === 'linear') return scaleLinear([0, most || 1], range).nice();
  const least = values.length > 0 ? Math.min(...values) : 1;
  return scaleLog([least, Math.max(most, least * 10)], range).nice();
}

function ticksOf(scale: Scale, { scale: kind }: Axis): number[] {
  const ticks = scale.ticks(6);
  return kind === 'linear' ? ticks : ticks.filter((tick) => Number.isInteger(Math.log10(tick)));
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escapeXml(content)}</text>`;
}

const label = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });

const escapeXml = (content: string): string => content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
