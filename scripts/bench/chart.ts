// The medians as a picture: an SVG with one small bar chart per workload, in two
// columns. Bars within one chart are to scale; where they would differ by more than
// the eye can compare, the scale is logarithmic and says so.
import { formatValue, presentations } from './metrics.js';
import { formatRounds, median, type Report } from './report.js';
import type { ContestantName, Workload } from './workloads.js';

const width = 860;
const margin = 20;
const gutter = 36;
const panelWidth = (width - 2 * margin - gutter) / 2;
const labelWidth = 116;
const valueWidth = 66;
const barsWidth = panelWidth - labelWidth - valueWidth;
const barHeight = 14;
const rowHeight = 20;
const titleHeight = 42;
const panelGap = 18;
const lineHeight = 16;

/** From here on the shorter bars are too short to be seen. */
const logFrom = 20;

const font =
  "font-family=\"-apple-system, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif\"";
const ink = '#1f2328';
const faint = '#59636e';
const colours: Readonly<Record<ContestantName, string>> = {
  'tcp-chat': '#0969da',
  'tcp-chat sqlite': '#54aeff',
  'tcp-chat binary': '#218bff',
  'tcp-chat json': '#218bff',
  'tcp-chat text': '#218bff',
  'tcp-chat tls': '#218bff',
  'tcp-chat binary tls': '#218bff',
  'nats tls': '#8c959f',
  'store alone': '#8c959f',
  'least C': '#1a7f37',
  'least Node': '#4ac26b',
  nats: '#8c959f',
  redis: '#8c959f',
  'ws-loop': '#afb8c1',
  plain: '#d0d7de',
};

interface Bar {
  readonly contestant: ContestantName;
  readonly value: number;
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function text(
  x: number,
  y: number,
  content: string,
  { size = 12, fill = ink, more = '' }: { size?: number; fill?: string; more?: string } = {},
): string {
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" ${more}>${escape(content)}</text>`;
}

function barsOf(workload: Workload, report: Report): readonly Bar[] {
  return workload.contestants.flatMap((contestant) => {
    const value = median(report, workload.id, contestant, workload.headline);
    return value === undefined ? [] : [{ contestant, value }];
  });
}

interface Scale {
  readonly logarithmic: boolean;
  /** 0 to 1. */
  readonly share: (value: number) => number;
}

function scaleOf(bars: readonly Bar[]): Scale {
  const values = bars.map(({ value }) => Math.max(value, Number.MIN_VALUE));
  const max = Math.max(...values);
  const min = Math.min(...values);
  if (max / min < logFrom) return { logarithmic: false, share: (value) => value / max };
  // A decade below the smallest one, so that it has a bar as well.
  const floor = Math.log10(min) - 1;
  const span = Math.log10(max) - floor;
  return { logarithmic: true, share: (value) => (Math.log10(value) - floor) / span };
}

function panel(workload: Workload, bars: readonly Bar[], x: number, y: number): string {
  const { title, better } = presentations[workload.headline];
  const scale = scaleOf(bars);
  const [name = '', ...details] = workload.title.split(', ');
  const caption = `${title}${scale.logarithmic ? ' (log scale)' : ''}`;
  const rows = bars.map(({ contestant, value }, index) => {
    const top = y + titleHeight + index * rowHeight;
    const length = Math.max(2, Math.round(scale.share(value) * barsWidth));
    const isOwn = contestant.startsWith('tcp-chat');
    const weight = { more: isOwn ? 'font-weight="600"' : '' };
    return [
      text(x, top + 11, contestant, weight),
      `<rect x="${x + labelWidth}" y="${top}" width="${length}" height="${barHeight}" rx="2" fill="${colours[contestant]}"/>`,
      text(x + labelWidth + length + 6, top + 11, formatValue(workload.headline, value), weight),
    ].join('\n');
  });
  return [
    text(x, y + 12, name, { size: 13, more: 'font-weight="600"' }),
    text(x + panelWidth, y + 12, caption, { size: 11, fill: faint, more: 'text-anchor="end"' }),
    text(x, y + 29, details.join(', '), { size: 11, fill: faint }),
    text(x + panelWidth, y + 29, `${better} is better`, {
      size: 11,
      fill: faint,
      more: 'text-anchor="end"',
    }),
    ...rows,
  ].join('\n');
}

export function chart(shown: readonly Workload[], report: Report): string {
  const panels = shown
    .map((workload) => ({ workload, bars: barsOf(workload, report) }))
    // One bar alone says nothing.
    .filter(({ bars }) => bars.length > 1);
  const parts: string[] = [];
  let y = margin;
  for (let first = 0; first < panels.length; first += 2) {
    const pair = panels.slice(first, first + 2);
    for (const [column, { workload, bars }] of pair.entries()) {
      parts.push(panel(workload, bars, margin + column * (panelWidth + gutter), y));
    }
    const rows = Math.max(...pair.map(({ bars }) => bars.length));
    y += titleHeight + rows * rowHeight + panelGap;
  }
  const { machine, contestants, rounds } = report;
  const footer =
    `${report.date.slice(0, 10)}, Node ${machine.node}, ${machine.cpuModel}, one core for the ` +
    `server and one for the clients; medians of ${formatRounds(rounds)}`;
  const who = contestants.map(({ name, what }) => `${name}: ${what}`);
  for (const line of [...who, footer]) {
    parts.push(text(margin, y + 8, line, { size: 11, fill: faint }));
    y += lineHeight;
  }
  const height = y + margin / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${font}>`,
    `<rect width="${width}" height="${height}" rx="6" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}
