// Opens the page in a frame, and writes what is wrong with it into this document.
function problemsOf(frame) {
  const page = frame.contentDocument, view = frame.contentWindow, problems = [];
  const say = (what, element) => problems.push(what + ": " + element.outerHTML.slice(0, 200));
  page.querySelectorAll("details").forEach((details) => { details.open = true; });
  const root = page.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    problems.push("the page is " + root.scrollWidth + " wide in " + root.clientWidth);
  }

  const plots = [...page.querySelectorAll("svg.plot")];
  for (const plot of plots) {
    const frame = plot.getBoundingClientRect();
    const points = plot.querySelectorAll("circle.point");
    if (points.length < 2) say("a plot without points", plot);
    for (const point of points) {
      const { left, right, width } = point.getBoundingClientRect();
      if (!(width > 0) || left < frame.left || right > frame.right) say("a point outside", point);
    }
    const texts = [...plot.querySelectorAll("text")].map((text) => [text, text.getBoundingClientRect()]);
    texts.forEach(([text, a], position) => {
      if (a.left < frame.left || a.right > frame.right || a.bottom > frame.bottom) say("text outside", text);
      for (const [, b] of texts.slice(position + 1)) {
        const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
        if (!apart) say("text over text", text);
      }
    });
  }

  const parts = (color) => (color.match(/[\d.]+/g) || []).map(Number);
  const light = (color) => {
    const [r, g, b] = parts(color).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = view.getComputedStyle(at).backgroundColor;
      if (parts(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  for (const element of page.body.querySelectorAll("*")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!hasText || ["title", "STYLE"].includes(element.tagName)) continue;
    const style = view.getComputedStyle(element);
    const ink = light(element instanceof view.SVGElement ? style.fill : style.color), paper = light(ground(element));
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (!(contrast >= 4.5)) say("contrast of " + contrast.toFixed(2), element);
  }

  let level = 0;
  for (const heading of page.querySelectorAll("h1,h2,h3,h4")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) say("a heading that skips a level", heading);
    level = next;
  }
  return { problems, plots: plots.length, width: root.clientWidth, paper: view.getComputedStyle(page.body).backgroundColor };
}
addEventListener("load", () => {
  let result;
  try { result = problemsOf(document.querySelector("iframe")); } catch (error) { result = { failed: String(error) }; }
  document.querySelector("#result").textContent = encodeURIComponent(JSON.stringify(result));
});
