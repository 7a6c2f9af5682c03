// Lines over the last quarter of an hour.
import uPlot from './uplot.js';
import { h } from './dom.js';

const WINDOW = 900; // seconds
const open = new Set();

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Draws every chart again, in the colours of the theme that has been chosen. */
export function recolour() {
  open.forEach((chart) => chart.rebuild());
}

const timeOfDay = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hour12: false });

export class Chart {
  #plot = null;
  #data = [[]];

  /**
   * @param series `{colour: '--accent', fill?: true}` each
   * @param format an axis value in words
   * @param floor the least highest value of the axis, so that noise near zero looks like noise
   * @param hover gets the index under the pointer, or null
   */
  constructor({ label, series, format, floor, hover }) {
    this.label = label;
    this.series = series;
    this.format = format;
    this.floor = floor;
    this.hover = hover;
    this.element = h('div', { class: 'chart', role: 'img', 'aria-label': label });
    this.resizes = new ResizeObserver(() => this.#resize());
    this.resizes.observe(this.element);
    open.add(this);
  }

  #size() {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  #resize() {
    const size = this.#size();
    if (size.width === 0 || size.height === 0) return;
    if (this.#plot === null) this.rebuild();
    else this.#plot.setSize(size);
  }

  rebuild() {
    const size = this.#size();
    if (size.width === 0) return;
    this.#plot?.destroy();
    const soft = colour('--soft');
    const font = '11px ' + colour('--text');
    const axis = {
      stroke: soft,
      font,
      ticks: { show: false },
      grid: { stroke: colour('--line'), width: 1 },
    };
    this.#plot = new uPlot(
      {
        ...size,
        legend: { show: false },
        padding: [6, 16, 0, 0],
        cursor: {
          y: false,
          drag: { setScale: false, x: false, y: false },
          points: { size: 6 },
        },
        scales: {
          x: { time: true, range: (u, min, max) => [(max ?? 0) - WINDOW, max ?? 0] },
          y: { range: (u, min, max) => [0, Math.max(this.floor, (max ?? 0) * 1.15)] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 20,
            gap: 4,
            space: 80,
            values: (u, ticks) => ticks.map((t) => timeOfDay.format(t * 1_000)),
          },
          { ...axis, size: 46, gap: 6, space: 32, values: (u, ticks) => ticks.map((v) => this.format(v)) },
        ],
        series: [
          {},
          ...this.series.map((line) => ({
            stroke: colour(line.colour),
            fill: line.fill ? colour(line.fill) : undefined,
            width: line.width ?? 1.75,
            dash: line.dash,
            points: { show: false },
          })),
        ],
        hooks: { setCursor: [(u) => this.hover?.(u.cursor.left < 0 ? null : u.cursor.idx ?? null)] },
      },
      this.#data,
      this.element,
    );
  }

  /**
   * @param lines times in seconds, then the values of each series
   * @param words what the chart shows, for who cannot see it
   */
  show(lines, words) {
    this.#data = lines;
    this.element.setAttribute('aria-label', `${this.label}: ${words}`);
    this.#plot?.setData(lines);
  }

  close() {
    open.delete(this);
    this.resizes.disconnect();
    this.#plot?.destroy();
  }
}
