// Lines with uPlot; the numbers stand in a JSON block of the page and in a table under the chart.
(() => {
  'use strict';
  const colour = (name) => {
    const probe = document.createElement('i');
    probe.className = `dot ${name}`;
    probe.hidden = true;
    document.body.append(probe);
    const found = getComputedStyle(probe).backgroundColor;
    probe.remove();
    return found;
  };
  const clock = (at) => new Date(at * 1000).toISOString().slice(11, 16);
  const day = (at) => new Date(at * 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const seconds = (value) => (value >= 120 ? `${Math.round(value / 60)} min` : `${+value.toFixed(1)} s`);
  const plots = new Map();

  function options(element, names) {
    const axis = { stroke: getComputedStyle(element).color, ticks: { show: false }, font: '12px Inter Variable, system-ui' };
    const series = names.map((name, index) => ({
      label: name, stroke: colour(`dot-${index + 1}`), width: 2, dash: index ? [4, 4] : undefined, spanGaps: true, points: { show: true, size: 5 }, // an hour between two without a run has no line
    }));
    return {
      width: element.clientWidth, height: Number(element.dataset.height), cursor: { y: false }, legend: { show: false },
      axes: [
        { ...axis, grid: { show: false }, space: 60, values: (_, at) => at.map(element.dataset.by === 'day' ? day : clock) },
        { ...axis, grid: { stroke: colour('dot-rule'), width: 1 }, size: 56, values: (_, values) => values.map(element.dataset.unit === 'number' ? (value) => +value.toFixed(2) : seconds) },
      ],
      scales: { y: { range: (_, low, high) => [0, Math.max(1, high * 1.1)] } },
      series: [{}, ...series],
    };
  }

  function draw() {
    for (const element of document.querySelectorAll('[data-chart]')) {
      plots.get(element)?.destroy();
      const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
      plots.set(element, new window.uPlot(options(element, data.names), data.columns, element));
    }
  }

  let timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(draw, 150); };
  draw();
  addEventListener('resize', later);
  document.addEventListener('presstime:theme', later);
  document.addEventListener('presstime:refreshed', later);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', later);
})();
