// Draws how coverage went over time: from the JSON beside it, in the colours of the page. The table says the same.
(() => {
  const charts = new Map();

  function colours(figure) {
    const page = getComputedStyle(figure);
    const line = getComputedStyle(figure.querySelector(".coverage-line"));
    return { text: page.color, grid: page.borderTopColor, line: line.color, fill: line.backgroundColor };
  }

  function options(figure, points, colour) {
    const axis = { grid: { color: colour.grid }, border: { color: colour.grid }, ticks: { color: colour.text } };
    return {
      animation: false,
      maintainAspectRatio: false,
      plugins: {
        legend: { display: false },
        tooltip: { displayColors: false, callbacks: {
          title: (items) => points[items[0].dataIndex].day,
          label: (item) => `${points[item.dataIndex].words} permit it (${points[item.dataIndex].people})`,
        } },
      },
      scales: {
        x: { ...axis, type: "linear", min: points[0].x, max: points.at(-1).x,
          ticks: { ...axis.ticks, maxRotation: 0, autoSkipPadding: 24, callback: (value) => date(value) } },
        y: { ...axis, min: 0, max: 100, ticks: { ...axis.ticks, stepSize: 25, callback: (value) => `${value} %` } },
      },
    };
  }

  function date(value) {
    return new Date(value).toLocaleDateString("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });
  }

  function draw(figure) {
    const points = JSON.parse(document.getElementById(figure.dataset.coverage).textContent);
    const canvas = figure.querySelector("canvas");
    const colour = colours(figure);
    charts.get(figure)?.destroy();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    charts.set(figure, new Chart(canvas, {
      type: "line",
      data: { datasets: [{
        data: points.map(({ x, percent }) => ({ x, y: percent })),
        borderColor: colour.line, backgroundColor: colour.fill, pointBackgroundColor: colour.line,
        fill: true, stepped: false, borderWidth: 2, pointRadius: 3, pointHitRadius: 12,
      }] },
      options: options(figure, points, colour),
    }));
  }

  function drawAll(root) {
    root.querySelectorAll("[data-coverage]").forEach(draw);
  }

  if (window.portalCoverage) return;
  window.portalCoverage = true;
  drawAll(document);
  document.addEventListener("htmx:afterSettle", () => drawAll(document));
  const again = () => charts.forEach((_, figure) => figure.isConnected && draw(figure));
  new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
