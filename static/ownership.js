// Draws who owns an organisation: from the JSON beside it, in the colours of its legend. The sentence says the same.
(() => {
  const FONT = 14;
  const KINDS = ["subject", "insider", "group", "organisation", "person"];
  const measure = document.createElement("canvas").getContext("2d");

  // Cytoscape would add a <style> of its own, which the policy forbids; portal.css holds its one rule.
  const marker = document.createElement("meta");
  marker.id = "__________cytoscape_stylesheet";
  document.head.append(marker);

  function colours(figure) {
    const found = {};
    for (const kind of KINDS) {
      const style = getComputedStyle(figure.querySelector(`.legend-${kind}`), "::before");
      found[kind] = { edge: style.borderTopColor, fill: style.backgroundColor };
    }
    const page = getComputedStyle(figure);
    return { ...found, text: page.color, paper: page.backgroundColor, arrow: getComputedStyle(figure.querySelector(".src")).color };
  }

  function look(figure) {
    const colour = colours(figure);
    const font = getComputedStyle(document.body).fontFamily;
    return [
      { selector: "node", style: {
        "label": "data(label)", "text-valign": "center", "text-halign": "center", "text-wrap": "wrap", "text-max-width": 150,
        "font-size": FONT, "font-family": font, "color": colour.text, "shape": "round-rectangle",
        "width": "data(width)", "height": "data(height)", "border-width": 1.5,
      } },
      ...KINDS.map(kind => ({ selector: `node[kind = "${kind}"]`, style: {
        "border-color": colour[kind].edge, "background-color": colour[kind].fill,
        "border-width": kind === "insider" || kind === "subject" ? 2.5 : 1.5,
        "shape": kind === "insider" || kind === "person" ? "ellipse" : "round-rectangle",
        "font-weight": kind === "subject" || kind === "insider" ? 600 : 400,
      } })),
      { selector: "edge", style: {
        "label": "data(label)", "text-wrap": "wrap", "text-max-width": 150, "font-size": FONT - 1, "font-family": font,
        "color": colour.text, "text-background-color": colour.paper, "text-background-opacity": 1, "text-background-padding": 3,
        "curve-style": "unbundled-bezier", "edge-distances": "intersection",
        "control-point-weights": edge => edge.scratch("controlPointWeights") || [0.5],
        "control-point-distances": edge => edge.scratch("controlPointDistances") || [0],
        "target-arrow-shape": "triangle", "width": 1.5,
        "line-color": colour.arrow, "target-arrow-color": colour.arrow,
      } },
      { selector: 'edge[style = "indirect"]', style: { "line-style": "dashed" } },
      { selector: 'edge[style = "relation"]', style: { "line-style": "dotted", "target-arrow-shape": "none" } },
    ];
  }

  function lines(label) {
    measure.font = `600 ${FONT}px ${getComputedStyle(document.body).fontFamily}`;
    const rows = [""];
    for (const word of label.split(" ")) {
      const longer = `${rows.at(-1)} ${word}`.trim();
      if (measure.measureText(longer).width <= 150) rows[rows.length - 1] = longer;
      else rows.push(word);
    }
    return rows;
  }

  function box({ id, label, kind, url }) {
    const rows = lines(label), round = kind === "insider" || kind === "person";
    const text = Math.max(...rows.map(row => measure.measureText(row).width));
    return { data: {
      id, label, kind, url,
      width: text * (round ? 1.25 : 1) + 32,
      height: rows.length * FONT * 1.3 * (round ? 1.3 : 1) + 20,
    } };
  }

  function draw(figure) {
    const canvas = figure.querySelector(".ownership-canvas");
    const { nodes, arrows } = JSON.parse(document.getElementById(figure.dataset.ownership).textContent);
    canvas.hidden = false;
    const cy = cytoscape({
      container: canvas,
      elements: [
        ...nodes.map(box),
        ...arrows.map(({ source, target, style, labels }) => ({ data: { source, target, style, label: labels.join("\n") } })),
      ],
      style: look(figure),
      autoungrabify: true, autounselectify: true, boxSelectionEnabled: false,
      userZoomingEnabled: false, userPanningEnabled: false,
    });
    cy.layout({ name: "dagre", rankDir: "TB", nodeSep: 48, rankSep: 80, edgeSep: 70, animate: false, fit: false, useDagreEdgeControlPoints: true }).run();
    cy.style(look(figure));
    fit(cy, canvas);
    new ResizeObserver(() => fit(cy, canvas)).observe(canvas);
    cy.on("tap", "node", event => { location.href = event.target.data("url"); });
    cy.on("mouseover mouseout", "node", event => { canvas.style.cursor = event.type === "mouseover" ? "pointer" : ""; });
    followTheme(cy, figure);
  }

  // As wide as the page, never enlarged, and as high as that needs.
  function fit(cy, canvas) {
    const bounds = cy.elements().boundingBox(), width = canvas.clientWidth;
    if (!width) return;
    const scale = Math.min(1, (width - 16) / bounds.w);
    canvas.style.height = `${Math.ceil(bounds.h * scale) + 24}px`;
    cy.resize();
    cy.zoom(scale);
    cy.center();
  }

  function followTheme(cy, figure) {
    const root = document.documentElement;
    const again = () => cy.style(look(figure));
    new MutationObserver(again).observe(root, { attributes: true, attributeFilter: ["data-bs-theme"] });
    let theme;
    addEventListener("beforeprint", () => { theme = root.dataset.bsTheme; root.dataset.bsTheme = "light"; again(); });
    addEventListener("afterprint", () => { root.dataset.bsTheme = theme; again(); });
  }

  if (window.portalOwnership) return;
  window.portalOwnership = true;
  document.querySelectorAll("[data-ownership]").forEach(draw);
})();
