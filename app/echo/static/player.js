// Plays a recording from its film strip, with the ventricle's contour, beside the curve of its area.

const CONTOUR = "#5ec8a8", DIASTOLE = "#6aa9e9", SYSTOLE = "#ef8f6a", LINE = "#25323c", MUTED = "#8fa0ad", TEXT = "#dfe7ec";
const NEAR_SECONDS = 0.06;

export default function (component) {
  const { data, parentElement } = component;
  const section = parentElement.querySelector("section.echo");
  section.stopPlaying?.();
  if (data?.strip) section.stopPlaying = play(section, data);
}

function play(section, { reading, strip, columns, frame_width: width, frame_height: height, num_frames: numFrames }) {
  const [film, curve] = ["film", "curve"].map((name) => section.querySelector(`.echo-${name}`));
  const [button, toggle, speed, now] = ["play", "contour", "speed", "now"].map((name) => section.querySelector(`.echo-${name}`));
  const times = reading.pts_seconds.slice(0, numFrames);
  const zoom = Math.max(1, Math.round(720 / width));
  const picture = new Image();
  let isPlaying = true, at = times[0], last = performance.now(), request = 0, shown = -1;
  film.width = width * zoom;
  film.height = height * zoom;
  picture.src = `data:image/jpeg;base64,${strip}`;
  button.onclick = () => setPlaying(!isPlaying);
  toggle.onchange = () => (shown = -1);
  curve.onpointerdown = (event) => {
    const place = curve.getBoundingClientRect();
    at = timeAt((event.clientX - place.left) / place.width, reading.pts_seconds);
    setPlaying(false);
  };

  function setPlaying(value) {
    isPlaying = value;
    button.textContent = value ? "❚❚" : "▶";
    button.setAttribute("aria-label", value ? "Pause" : "Play");
  }

  function step(moment) {
    if (isPlaying) at += ((moment - last) / 1000) * Number(speed.value);
    last = moment;
    if (at > times.at(-1) || at < times[0]) at = isPlaying ? times[0] : Math.min(Math.max(at, times[0]), times.at(-1));
    const index = frameAt(at, times);
    if (picture.complete && index !== shown) {
      shown = index;
      paintFilm(film, picture, { index, columns, width, height, zoom, contour: toggle.checked && reading.contours[index], scale: height / reading.height });
      paintCurve(curve, reading, at);
      now.textContent = words(reading, at, index);
      section.dataset.frame = String(index);
    }
    request = requestAnimationFrame(step);
  }

  request = requestAnimationFrame(step);
  return () => cancelAnimationFrame(request);
}

export function frameAt(seconds, times) {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= seconds) low = middle;
    else high = middle - 1;
  }
  return low;
}

function words(reading, at, index) {
  const beat = reading.beats.find((each) => Math.abs(each.systole_seconds - at) < NEAR_SECONDS);
  const area = reading.areas.length ? `${reading.areas[index].toFixed(1)} ${reading.area_unit}` : "";
  const told = beat && !reading.refusal ? `end of systole, EF ${beat.ef_percent.toFixed(0)} %` : area;
  return `${told}   ${at.toFixed(2)} s`;
}

function paintFilm(canvas, picture, { index, columns, width, height, zoom, contour, scale }) {
  const context = canvas.getContext("2d");
  const [column, row] = [index % columns, Math.floor(index / columns)];
  context.drawImage(picture, column * width, row * height, width, height, 0, 0, canvas.width, canvas.height);
  if (!contour || contour.length < 3) return;
  context.beginPath();
  for (const [x, y] of smoothed(contour)) context.lineTo((x + 0.5) * scale * zoom, (y + 0.5) * scale * zoom);
  context.closePath();
  context.fillStyle = `${CONTOUR}26`;
  context.fill();
  context.strokeStyle = CONTOUR;
  context.lineWidth = 2.5;
  context.stroke();
}

function smoothed(points) {
  const reach = 3, count = points.length;
  return points.map((_, index) => {
    let x = 0, y = 0;
    for (let offset = -reach; offset <= reach; offset++) {
      const [px, py] = points[(index + offset + count) % count];
      x += px;
      y += py;
    }
    return [x / (2 * reach + 1), y / (2 * reach + 1)];
  });
}

function timeAt(share, times) {
  const inside = (share - 0.06) / 0.92;
  return times[0] + Math.min(Math.max(inside, 0), 1) * (times.at(-1) - times[0]);
}

function paintCurve(canvas, reading, at) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!reading.areas.length || !width) return;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const times = reading.pts_seconds, top = 24, bottom = height - 26;
  const most = Math.max(...reading.areas) * 1.12;
  const x = (seconds) => width * (0.06 + 0.92 * ((seconds - times[0]) / (times.at(-1) - times[0] || 1)));
  const y = (area) => bottom - (area / most) * (bottom - top);
  context.font = '13px "Source Sans", "Liberation Sans", sans-serif';
  paintAxes(context, { times, most, unit: reading.area_unit, x, y, width, bottom });
  for (const beat of reading.beats) paintBeat(context, beat, { x, top, bottom, isRead: !reading.refusal });
  context.beginPath();
  times.forEach((seconds, index) => context.lineTo(x(seconds), y(reading.areas[index])));
  context.strokeStyle = TEXT;
  context.lineWidth = 1.8;
  context.stroke();
  context.fillStyle = CONTOUR;
  context.fillRect(x(at) - 1, top - 6, 2, bottom - top + 6);
}

function paintAxes(context, { times, most, unit, x, y, width, bottom }) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000].find((each) => most / each <= 5) ?? most;
  context.fillStyle = MUTED;
  context.strokeStyle = LINE;
  context.lineWidth = 1;
  for (let area = 0; area <= most; area += step) {
    context.beginPath();
    context.moveTo(width * 0.06, y(area));
    context.lineTo(width * 0.98, y(area));
    context.stroke();
    context.textAlign = "right";
    context.fillText(String(area), width * 0.055, y(area) + 4);
  }
  context.textAlign = "left";
  context.fillText(`left ventricle, ${unit}`, width * 0.06, 14);
  const length = times.at(-1) - times[0];
  const tick = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((each) => length / each <= 9) ?? 20;
  context.textAlign = "center";
  for (let count = 0; count * tick <= length + 1e-9; count++)
    context.fillText(`${(times[0] + count * tick).toFixed(1)} s`, x(times[0] + count * tick), bottom + 18);
}

function paintBeat(context, beat, { x, top, bottom, isRead }) {
  for (const [seconds, colour] of [[beat.diastole_seconds, DIASTOLE], [beat.systole_seconds, SYSTOLE]]) {
    context.fillStyle = `${colour}b0`;
    context.fillRect(x(seconds) - 1, top, 2, bottom - top);
  }
  context.fillStyle = SYSTOLE;
  context.textAlign = "left";
  if (isRead) context.fillText(`${beat.ef_percent.toFixed(0)} %`, x(beat.systole_seconds) + 5, top + 10);
}
