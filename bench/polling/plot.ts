import { init, use } from 'echarts/core';
import { LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, TitleComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import type { FrontierPoint } from './frontier';
import type { MixName } from '../kit/mixes';

use([LineChart, ScatterChart, GridComponent, TitleComponent, SVGRenderer]);

export interface PlottedPoint {
  name: string;
  ours: boolean;
  calls: number;
  lagSeconds: number;
  labelAt: 'right' | 'left' | 'bottom';
}

export interface Panel {
  mix: MixName;
  title: string;
  frontier: readonly FrontierPoint[];
  points: readonly PlottedPoint[];
}

const WIDTH = 1_040;
const HEIGHT = 470;
const MOST_LAG_SECONDS = 70;
const FEWEST_CALLS = 7;
const MOST_CALLS = 130;
/** Where the best schedule's line ends and is named: above the axis, below the points. */
const LABELLED_AT_CALLS = 8.2;

// A sheet of its own, so that a dark page shows it as a light one does.
const PAPER = '#ffffff';
const INK = '#1f2933';
const PALE = '#d5dbe1';
const OURS = '#c2410c';
const PEER = '#475569';
const FRONTIER = '#0369a1';

/** Calls against lag, a panel a mix, as an SVG document. */
export function plotted(panels: readonly Panel[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const panelWidth = WIDTH / panels.length;
  chart.setOption({
    animation: false,
    backgroundColor: PAPER,
    textStyle: { fontFamily: 'sans-serif', color: INK },
    title: panels.map(({ title }, n) => ({
      text: title,
      left: n * panelWidth + 70,
      top: 10,
      textStyle: { fontSize: 14, color: INK },
    })),
    grid: panels.map((_, n) => ({ left: n * panelWidth + 70, width: panelWidth - 90, top: 50, bottom: 60 })),
    xAxis: panels.map((_, n) => ({
      gridIndex: n,
      type: 'value',
      name: 'mean lag (seconds)',
      nameLocation: 'middle',
      nameGap: 30,
      min: 0,
      max: MOST_LAG_SECONDS,
      axisLine: { lineStyle: { color: INK } },
      axisLabel: { color: INK },
      nameTextStyle: { color: INK },
      splitLine: { lineStyle: { color: PALE } },
    })),
    yAxis: panels.map((_, n) => ({
      gridIndex: n,
      type: 'log',
      name: 'status reads per cancellation (calls, log)',
      nameLocation: 'middle',
      nameGap: 40,
      min: FEWEST_CALLS,
      max: MOST_CALLS,
      axisLine: { show: true, lineStyle: { color: INK } },
      axisLabel: { color: INK, formatter: (value: number) => String(Math.round(value)) },
      nameTextStyle: { color: INK },
      splitLine: { lineStyle: { color: PALE } },
    })),
    series: panels.flatMap(({ frontier, points }, n) => [
      {
        type: 'line',
        xAxisIndex: n,
        yAxisIndex: n,
        symbol: 'none',
        lineStyle: { color: FRONTIER, width: 2 },
        data: frontier
          .filter(({ calls, lagSeconds }) => calls >= LABELLED_AT_CALLS && calls <= MOST_CALLS && lagSeconds <= 50)
          .map(({ calls, lagSeconds }) => [lagSeconds, calls]),
        endLabel: { show: true, formatter: 'best fixed schedule', color: FRONTIER },
      },
      {
        type: 'scatter',
        xAxisIndex: n,
        yAxisIndex: n,
        labelLayout: { moveOverlap: 'shiftY' },
        data: points.map(({ name, ours, calls, lagSeconds, labelAt }) => ({
          name,
          value: [lagSeconds, calls],
          symbol: ours ? 'diamond' : 'circle',
          symbolSize: ours ? 15 : 9,
          itemStyle: { color: ours ? OURS : PEER },
          label: {
            show: true,
            position: labelAt,
            formatter: '{b}',
            color: ours ? OURS : PEER,
            fontWeight: ours ? 'bold' : 'normal',
          },
        })),
      },
    ]),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
