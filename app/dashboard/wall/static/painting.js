// How a tile looks. Everything a viewer must believe is burned into the canvas beside the picture it is about.

export const COLOURS = {
  ground: "#0a0f13",
  panel: "#131a20",
  text: "#e8eef2",
  muted: "#8fa0ad",
  faint: "#5b6b77",
  live: "#5ec8a8",
  warning: "#e3a857",
  severities: { high: "#ef6a5f", medium: "#e3a857", low: "#6aa9e9", info: "#8fa0ad" },
};

const FONT = '"Source Sans", "Source Sans Pro", "Segoe UI", system-ui, sans-serif';
const MARGIN = 14;

/** Paint a tile that shows its picture. Sizes are CSS pixels. */
export function paintLive(context, { width, height, image, view }) {
  fill(context, COLOURS.ground, 0, 0, width, height);
  const scale = Math.min(width / image.width, height / image.height);
  const [w, h] = [image.width * scale, image.height * scale];
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
  scrim(context, 0, 0, width, 58, 0.78, 0);
  scrim(context, 0, height - 76, width, 76, 0, 0.86);
  paintHead(context, width, view, COLOURS.live);
  if (view.warning) write(context, view.warning, MARGIN, 50, { size: 14, weight: 500, colour: COLOURS.warning });
  paintReadings(context, width, height, view);
  write(context, view.ageText, width - MARGIN, height - MARGIN, { size: 14, align: "right", colour: COLOURS.text });
  if (view.severity) frame(context, COLOURS.severities[view.severity], width, height);
}

/** Paint a tile that nobody watches: never a stale picture, never "no alarm". */
export function paintNotMonitored(context, { width, height, view }) {
  fill(context, COLOURS.panel, 0, 0, width, height);
  paintHead(context, width, view, COLOURS.warning);
  const middle = height / 2;
  write(context, view.panelTitle, width / 2, middle + 2, { size: 21, weight: 600, align: "center", colour: COLOURS.text });
  write(context, view.panelSince, width / 2, middle + 27, { size: 16, align: "center", colour: COLOURS.muted });
  const reason = clipped(context, view.reason, width - 4 * MARGIN, 13);
  write(context, reason, width / 2, middle + 52, { size: 13, align: "center", colour: COLOURS.faint });
  frame(context, view.severity ? COLOURS.severities[view.severity] : "#26313a", width, height);
}

function paintHead(context, width, view, stateColour) {
  let right = width - MARGIN;
  right = badge(context, view.stateText, right, stateColour) - 8;
  if (view.privacy) right = badge(context, view.privacy, right, COLOURS.muted) - 8;
  const name = clipped(context, view.name, right - MARGIN, 16, 600);
  write(context, name, MARGIN, 27, { size: 16, weight: 600, colour: COLOURS.text });
}

function paintReadings(context, width, height, view) {
  const room = width - 2 * MARGIN - 84;
  let y = height - MARGIN;
  for (const reading of view.readings.slice(0, 2).reverse()) {
    const isMain = reading === view.readings[0];
    const style = isMain ? { size: 19, weight: 600 } : { size: 14, weight: 400 };
    const isCalm = !isMain || reading.is_quiet;
    const colour = reading.isOld ? COLOURS.warning : isCalm ? COLOURS.muted : COLOURS.text;
    write(context, clipped(context, reading.text, room, style.size, style.weight), MARGIN, y, { ...style, colour });
    y -= 21;
  }
}

function badge(context, text, right, colour) {
  context.font = font(13, 500);
  const width = context.measureText(text).width + 25;
  context.beginPath();
  context.roundRect(right - width, 12, width, 22, 11);
  context.fillStyle = "rgba(10, 15, 19, 0.72)";
  context.fill();
  context.beginPath();
  context.arc(right - width + 12, 23, 3.5, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  write(context, text, right - width + 19, 27.5, { size: 13, weight: 500, colour: COLOURS.text });
  return right - width;
}

function frame(context, colour, width, height) {
  context.strokeStyle = colour;
  context.lineWidth = 3;
  context.beginPath();
  context.roundRect(1.5, 1.5, width - 3, height - 3, 9);
  context.stroke();
}

function scrim(context, x, y, width, height, from, to) {
  const gradient = context.createLinearGradient(0, y, 0, y + height);
  gradient.addColorStop(0, `rgba(6, 10, 13, ${from})`);
  gradient.addColorStop(1, `rgba(6, 10, 13, ${to})`);
  fill(context, gradient, x, y, width, height);
}

function fill(context, style, x, y, width, height) {
  context.fillStyle = style;
  context.fillRect(x, y, width, height);
}

function write(context, text, x, y, { size, weight = 400, align = "left", colour }) {
  context.font = font(size, weight);
  context.textAlign = align;
  context.fillStyle = colour;
  context.fillText(text, x, y);
  context.textAlign = "left";
}

function clipped(context, text, room, size, weight = 400) {
  context.font = font(size, weight);
  if (context.measureText(text).width <= room) return text;
  let shorter = text;
  while (shorter && context.measureText(`${shorter}…`).width > room) shorter = shorter.slice(0, -1);
  return `${shorter}…`;
}

function font(size, weight) {
  return `${weight} ${size}px ${FONT}`;
}
