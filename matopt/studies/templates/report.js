"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (name, attributes = {}, text = "") => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };

  // Tables are sorted by the column whose heading is pressed; a dash is last.
  const keyOf = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const value = parseFloat(text.replace(/^< /, ""));
    return text.startsWith("–") ? Infinity : Number.isNaN(value) ? text.toLowerCase() : value;
  };
  const compare = (a, b) => {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  };
  const sort = (table, column, heading) => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    all("th[aria-sort]", table).forEach((th) => th.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    all("tr.trace", table).forEach((row) => row.remove());
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
    rows.sort(([a], [b]) => (down && a !== Infinity && b !== Infinity ? compare(b, a) : compare(a, b)));
    body.append(...rows.map(([, row]) => row));
  };
  all("table.sortable").forEach((table) =>
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = make("button", { type: "button" });
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, column, heading));
    }),
  );

  // Cases are shown by a part of their name and by whether all runs solved them.
  const filter = document.getElementById("filter");
  const which = document.getElementById("which");
  if (filter) {
    const names = all("#runs > details").map((d) => d.firstElementChild.firstChild.textContent.toLowerCase());
    const apply = () => {
      const wanted = filter.value.trim().toLowerCase();
      const away = names.map((name) => !name.includes(wanted));
      all("[data-case]").forEach((element) => {
        const bad = Number(element.dataset.bad) > 0;
        const wrong = (which.value === "bad" && !bad) || (which.value === "good" && bad);
        element.classList.toggle("away", wrong || away[Number(element.dataset.case)]);
      });
      const left = all("#runs > details:not(.away)").length;
      document.getElementById("shown").textContent = `${left} of ${names.length}`;
    };
    filter.addEventListener("input", apply);
    which.addEventListener("change", apply);
    document.querySelector(".filters").hidden = false;
    apply();
  }

  // A link to a case opens it.
  const open = () => {
    const target = /^#case-\d+$/.test(location.hash) && document.querySelector(location.hash);
    if (target) { target.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();

  // The trace of a run is drawn when its button is pressed.
  const { columns, runs } = JSON.parse(document.getElementById("traces").textContent);
  const traceOf = (row) => {
    const trace = {};
    (runs[Number(row.dataset.t)] || []).forEach((values, k) => {
      if (values) trace[columns[k]] = values;
    });
    return trace;
  };
  const cost = () => {
    const chosen = document.querySelector('input[name="cost"]:checked');
    return chosen ? chosen.value : "evaluations";
  };
  const line = (xs, ys, kind, name) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", `l s${kind}`);
    path.setAttribute("d", "M" + xs.map((x, i) => `${x.toFixed(1)} ${ys[i].toFixed(1)}`).join("L"));
    const title = document.createElementNS(SVG, "title");
    title.textContent = name;
    path.append(title);
    return path;
  };
  const words = (x, y, text, kind = "") => {
    const element = document.createElementNS(SVG, "text");
    element.setAttribute("x", x);
    element.setAttribute("y", y);
    if (kind) element.setAttribute("class", kind);
    element.textContent = text;
    return element;
  };
  const step = (end) => {
    const power = 10 ** Math.floor(Math.log10(end / 3));
    return [1, 2, 5, 10].map((m) => m * power).find((s) => end / s <= 5);
  };
  const draw = (trace) => {
    const name = cost() in trace ? cost() : "evaluations";
    const shown = [["gap", "(f - f*) / (f0 - f*)"], ["gradient_norm", "gradient norm"]].filter(([k]) => trace[k]);
    const spent = trace[name] || trace[shown[0][0]].map((_, i) => i);
    const levels = shown.flatMap(([k]) => trace[k]).filter((v) => v < 9000);
    const [low, high] = [Math.floor(Math.min(...levels) / 100), Math.ceil(Math.max(...levels) / 100 + 1e-9)];
    const end = Math.max(...spent) || 1;
    const X = (v) => 110 + (820 * v) / end;
    const Y = (v) => 400 - (380 * (Math.min(v / 100, high) - low)) / Math.max(1, high - low);
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 960 490");
    svg.setAttribute("class", "plot");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `Trace against ${name}`);
    const stride = Math.max(1, Math.ceil((high - low) / 6));
    let grid = "";
    for (let k = low; k <= high; k += stride) {
      grid += `M110 ${Y(100 * k)}H930`;
      svg.append(words(98, Y(100 * k) + 8, `1e${k}`, "y"));
    }
    for (let v = 0; v <= end; v += step(end)) {
      svg.append(words(X(v), 436, Number(v.toPrecision(3)).toString()));
    }
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", "g");
    path.setAttribute("d", grid);
    svg.prepend(path);
    svg.append(words(520, 480, name));
    shown.forEach(([k, label], i) => svg.append(line(spent.map(X), trace[k].map(Y), `t${i}`, label)));
    const key = make("ul", { class: "key" });
    shown.forEach(([, label], i) => {
      const swatch = document.createElementNS(SVG, "svg");
      swatch.setAttribute("class", "swatch");
      swatch.setAttribute("viewBox", "0 0 56 12");
      swatch.append(line([0, 56], [6, 6], `t${i}`, label));
      const item = make("li");
      item.append(swatch, ` ${label}`);
      key.append(item);
    });
    const cell = make("td", { colspan: "10" });
    cell.append(svg, key);
    const row = make("tr", { class: "trace" });
    row.append(cell);
    return row;
  };
  all("tr[data-t]").forEach((row) => {
    const trace = traceOf(row);
    const cell = make("td");
    row.append(cell);
    if (!trace.gap && !trace.gradient_norm) return;
    const button = make("button", { type: "button", "aria-expanded": "false" }, "trace");
    cell.append(button);
    button.addEventListener("click", () => {
      const next = row.nextElementSibling;
      const shown = Boolean(next && next.classList.contains("trace"));
      if (shown) next.remove();
      else row.after(draw(trace));
      button.setAttribute("aria-expanded", String(!shown));
    });
  });
  all("#runs thead tr").forEach((row) => row.append(make("th", { scope: "col" }, "trace")));
})();
