// Shows a picture, or a volume in three planes, with labels laid over; slices are fetched as they are looked at.

const PLANES = ["axial", "coronal", "sagittal"];
// Which axes of (slice, row, column) run down and to the right; heads are up.
const DOWN = [1, 0, 0], RIGHT = [2, 2, 1];
const CROSS = "#5ec8a8", GOLDEN_TURN = 0.618033988749895, KEPT_SLICES = 90;

export default function (component) {
  const { data, parentElement } = component;
  const section = parentElement.querySelector("section.viewer");
  if (!data?.name || section.dataset.name === data.name) return;
  section.dataset.name = data.name;
  section.removeAttribute("data-slice");
  open(section, data.name);
}

async function open(section, name) {
  const base = `/api/readings/${encodeURIComponent(name)}`;
  const answer = await fetch(`${base}/view`);
  if (!answer.ok || section.dataset.name !== name) return;
  const told = await answer.json();
  const isPicture = told.kind === "picture";
  const state = { told, at: told.shape.map((length) => length >> 1), opacity: 0.45, low: 0, high: 255, marked: null };
  const slices = sliceCache(base, told);
  const find = (part) => section.querySelector(`.viewer-${part}`);
  const planes = (isPicture ? ["axial"] : PLANES).map((plane) => makePlane(plane, state, refresh));
  find("planes").replaceChildren(...planes.map((plane) => plane.figure));
  offerWindows(find, state, isPicture, refresh);
  find("opacity").oninput = (event) => {
    state.opacity = event.target.value / 100;
    refresh();
  };
  find("objects").replaceChildren(...objectTable(told.objects, (object) => {
    state.at = [...object.index];
    state.marked = object.number;
    refresh();
  }));
  await refresh();

  async function refresh() {
    const wanted = [...state.at];
    const shown = await Promise.all(planes.map((plane) => slices(plane.name, wanted[plane.axis])));
    if (section.dataset.name !== name || wanted.some((index, axis) => index !== state.at[axis])) return;
    planes.forEach((plane, index) => plane.paint(shown[index]));
    find("now").textContent = words(state, shown[0]);
    section.dataset.slice = state.at.join(",");
  }
}

function sliceCache(base, told) {
  const kept = new Map();
  return async function get(plane, index) {
    const key = `${plane}/${index}`;
    if (!kept.has(key)) {
      kept.set(key, fetch(`${base}/slice?plane=${plane}&index=${index}`).then(async (answer) => decode(await answer.arrayBuffer(), told)));
      if (kept.size > KEPT_SLICES) kept.delete(kept.keys().next().value);
    }
    return kept.get(key);
  };
}

function decode(buffer, told) {
  const isPicture = told.channels === 3;
  const count = buffer.byteLength / (isPicture ? 5 : 4);
  const values = isPicture ? new Uint8Array(buffer, 0, 3 * count) : new Int16Array(buffer, 0, count);
  // A view of 16 bits must begin at an even place: labels behind an odd number of bytes are copied.
  return { values, labels: new Uint16Array(buffer.slice(isPicture ? 3 * count : 2 * count)) };
}

function makePlane(name, state, refresh) {
  const axis = PLANES.indexOf(name), { shape, spacing } = state.told;
  const [rows, columns] = [shape[DOWN[axis]], shape[RIGHT[axis]]];
  const figure = document.createElement("figure"), canvas = document.createElement("canvas");
  const caption = document.createElement("figcaption"), label = document.createElement("span"), slider = document.createElement("input");
  const [high, wide] = [rows * spacing[DOWN[axis]], columns * spacing[RIGHT[axis]]];
  const zoom = Math.max(columns / wide, rows / high, 384 / Math.max(wide, high));
  figure.className = "viewer-plane";
  canvas.width = Math.round(wide * zoom);
  canvas.height = Math.round(high * zoom);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${name} slice`);
  Object.assign(slider, { type: "range", min: 0, max: shape[axis] - 1 });
  slider.setAttribute("aria-label", `${name} slice number`);
  caption.append(label, ...(shape[axis] > 1 ? [slider] : []));
  figure.append(canvas, caption);
  slider.oninput = () => go(Number(slider.value));
  canvas.onwheel = (event) => {
    event.preventDefault();
    go(state.at[axis] + Math.sign(event.deltaY));
  };
  canvas.onpointerdown = (event) => {
    const place = canvas.getBoundingClientRect();
    const scale = Math.min(place.width / canvas.width, place.height / canvas.height);
    const x = (event.clientX - place.left - (place.width - canvas.width * scale) / 2) / (canvas.width * scale);
    const y = (event.clientY - place.top - (place.height - canvas.height * scale) / 2) / (canvas.height * scale);
    state.at[RIGHT[axis]] = clamp(Math.floor(x * columns), columns);
    state.at[DOWN[axis]] = clamp(Math.floor((axis ? 1 - y : y) * rows), rows);
    refresh();
  };

  function go(index) {
    state.at[axis] = clamp(index, shape[axis]);
    refresh();
  }

  function paint({ values, labels }) {
    const picture = new ImageData(columns, rows), pixels = picture.data;
    const { scale = 1, offset = 0 } = state.told, factor = 255 / Math.max(state.high - state.low, 1e-9);
    for (let place = 0; place < rows * columns; place++) {
      const row = axis ? rows - 1 - Math.floor(place / columns) : Math.floor(place / columns);
      const from = row * columns + (place % columns), to = 4 * place;
      for (let channel = 0; channel < 3; channel++)
        pixels[to + channel] = state.told.channels === 3 ? values[3 * from + channel] : (values[from] * scale + offset - state.low) * factor;
      pixels[to + 3] = 255;
      if (labels[from] && state.opacity) mix(pixels, to, colourOf(labels[from]), labels[from] === state.marked ? Math.min(state.opacity * 1.6, 1) : state.opacity);
    }
    const sheet = new OffscreenCanvas(columns, rows), context = canvas.getContext("2d");
    sheet.getContext("2d").putImageData(picture, 0, 0);
    context.drawImage(sheet, 0, 0, canvas.width, canvas.height);
    if (shape[0] > 1) paintCross(context, (state.at[RIGHT[axis]] + 0.5) / columns, (axis ? rows - 1 - state.at[DOWN[axis]] + 0.5 : state.at[DOWN[axis]] + 0.5) / rows);
    slider.value = state.at[axis];
    label.textContent = shape[axis] > 1 ? `${name} ${state.at[axis] + 1} / ${shape[axis]}` : "";
  }

  return { name, axis, figure, paint };
}

function paintCross(context, x, y) {
  const { width, height } = context.canvas, gap = 9;
  context.strokeStyle = CROSS;
  context.globalAlpha = 0.65;
  context.beginPath();
  for (const [from, to] of [[[0, y * height], [x * width - gap, y * height]], [[x * width + gap, y * height], [width, y * height]], [[x * width, 0], [x * width, y * height - gap]], [[x * width, y * height + gap], [x * width, height]]]) {
    context.moveTo(...from);
    context.lineTo(...to);
  }
  context.stroke();
  context.globalAlpha = 1;
}

function offerWindows(find, state, isPicture, refresh) {
  const [preset, level, width] = ["preset", "level", "width"].map(find);
  for (const part of [preset, level, width]) part.parentElement.hidden = isPicture;
  if (isPicture) return;
  const { presets } = state.told, [least, most] = presets["whole range"], span = Math.max(most - least, 1e-6);
  preset.replaceChildren(...Object.keys(presets).map((name) => new Option(name, name)));
  Object.assign(level, { min: least, max: most, step: span / 500 });
  Object.assign(width, { min: span / 500, max: span, step: span / 500 });
  const choose = ([low, high]) => {
    [state.low, state.high] = [low, high];
    [level.value, width.value] = [(low + high) / 2, high - low];
  };
  preset.onchange = () => {
    choose(presets[preset.value]);
    refresh();
  };
  level.oninput = width.oninput = () => {
    const [middle, half] = [Number(level.value), Number(width.value) / 2];
    [state.low, state.high] = [middle - half, middle + half];
    refresh();
  };
  choose(presets[preset.value]);
}

function objectTable(objects, jump) {
  if (!objects.length) return [];
  const table = document.createElement("table"), sizes = Object.keys(objects[0].size);
  const isScored = objects.some((object) => object.score !== null);
  const head = table.createTHead().insertRow();
  for (const title of ["object", ...(isScored ? ["score"] : []), ...sizes, "slice"]) {
    const cell = document.createElement("th");
    cell.textContent = title;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const object of objects) {
    const row = body.insertRow(), swatch = document.createElement("span");
    const score = object.score === null ? "" : object.score.toFixed(2);
    const cells = [`${object.label} ${object.number}`, ...(isScored ? [score] : []), ...sizes.map((size) => round(object.size[size])), object.index[0] + 1];
    for (const text of cells) row.insertCell().textContent = text;
    swatch.className = "viewer-swatch";
    swatch.style.background = `rgb(${colourOf(object.number)})`;
    row.cells[0].prepend(swatch);
    row.tabIndex = 0;
    row.onclick = () => {
      for (const other of body.rows) other.setAttribute("aria-selected", String(other === row));
      jump(object);
    };
    row.onkeydown = (event) => event.key === "Enter" && row.onclick();
  }
  return [table];
}

function words(state, { values }) {
  const { told, at } = state;
  if (told.channels === 3) return `${told.shape[2]} x ${told.shape[1]} px`;
  const value = values[at[1] * told.shape[2] + at[2]] * told.scale + told.offset;
  return `${round(value)} ${told.unit}`.trim();
}

const clamp = (index, length) => Math.min(Math.max(index, 0), length - 1);
const round = (value) => (value === undefined ? "" : Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

function mix(pixels, at, colour, opacity) {
  for (let channel = 0; channel < 3; channel++) pixels[at + channel] = pixels[at + channel] * (1 - opacity) + colour[channel] * opacity;
}

const colours = new Map();
function colourOf(number) {
  if (!colours.has(number)) {
    const sixth = ((number * GOLDEN_TURN) % 1) * 6;
    const channel = (shift) => Math.round(255 * (1 - 0.85 * Math.max(0, Math.min((shift + sixth) % 6, 4 - ((shift + sixth) % 6), 1))));
    colours.set(number, [channel(5), channel(3), channel(1)]);
  }
  return colours.get(number);
}
