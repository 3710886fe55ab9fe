"use strict";

/* Pictures are read, decoded and drawn only near the part of the page that is seen, so that
   hundreds of photos stay quick. */
const NEAR = "1000px";
const REACH = 20; // CSS pixels around the divider in which a drag moves it
const TALLEST = 0.8; // of the window: the highest that a stage may be

/* One photo: two pictures over one another, the right one clipped at the divider. What is shown is
   read from the controls each time, so that nothing can disagree with them. */
class Viewer {
  constructor(scene) {
    const find = (selector) => scene.querySelector(selector);
    this.scene = scene;
    this.column = find(".viewer");
    this.stage = find(".stage");
    this.sheet = find(".sheet");
    this.divider = find(".divider");
    this.slider = find(".slider");
    this.canvas = find("canvas");
    this.images = { left: find("img.left"), right: find("img.right") };
    this.captions = { left: find(".of-left"), right: find(".of-right") };
    this.controls = find("form").elements;
    this.width = Number(scene.style.getPropertyValue("--width"));
    this.height = Number(scene.style.getPropertyValue("--height"));
    this.views = null;
    this.centre = { x: 0.5, y: 0.5 }; // of what is seen of the sheet, in parts of the sheet
    this.turn = 0; // of the drawing of differences, so that an older one does not come last
    this.listen();
  }

  listen() {
    this.slider.addEventListener("input", () => this.place());
    this.stage.addEventListener("scroll", () => this.look(), { passive: true });
    this.sheet.addEventListener("pointerdown", (event) => this.grab(event));
    this.divider.addEventListener("pointerdown", (event) => this.grab(event));
    this.scene.querySelector(".flicker").addEventListener("click", () => this.flicker());
    this.scene.addEventListener("keydown", (event) => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (plain && event.key.toLowerCase() === "f" && event.target.tagName !== "SELECT") this.flicker();
    });
  }

  get differs() {
    return this.controls.mode.value === "difference";
  }

  get divides() {
    return (this.slider.value / 100) * this.shown; // CSS pixels from the left of the stage
  }

  /* Read the pictures, the first time that the photo comes near. */
  open() {
    if (this.views) return;
    this.views = JSON.parse(this.scene.querySelector("script").textContent);
    this.update();
    this.centreSheet();
    this.place();
  }

  update() {
    this.turn += 1;
    this.scene.classList.toggle("differs", this.differs);
    this.canvas.hidden = !this.differs;
    if (!this.views) return;
    for (const side of ["left", "right"]) this.choose(side);
    if (this.differs) this.drawDifference();
  }

  choose(side) {
    const view = this.views[this.controls[side].value];
    const [label, figures] = this.captions[side].children;
    if (this.images[side].src !== view.source) this.images[side].src = view.source;
    this.images[side].alt = view.label;
    label.textContent = view.label;
    figures.textContent = view.figures;
  }

  /* The size of the sheet, and of the stage that shows as much of it as `room` CSS pixels hold. At
     100 % one pixel of the photo is one pixel of the screen; to fit is the largest whole enlargement
     that has room, or else a reduction. Nothing is read from the layout: there may be hundreds. */
  resize(room) {
    const pixel = 1 / window.devicePixelRatio;
    const tallest = TALLEST * window.innerHeight;
    const fits = this.controls.zoom.value === "fit";
    let factor = Number(this.controls.zoom.value);
    if (fits) {
      factor = Math.min(room / (this.width * pixel), tallest / (this.height * pixel));
      if (factor > 1) factor = Math.floor(factor);
    }
    const width = this.width * factor * pixel;
    const height = this.height * factor * pixel;
    this.shown = Math.min(width, room);
    this.pans = !fits && (width > room || height > tallest);
    this.column.style.setProperty("--shown", `${this.shown}px`);
    this.stage.style.height = `${fits ? height : Math.min(height, tallest)}px`;
    this.sheet.style.width = `${width}px`;
    this.sheet.style.height = `${height}px`;
    this.sheet.classList.toggle("pixelated", factor >= 1);
    this.stage.classList.toggle("pans", this.pans);
    this.stage.tabIndex = this.pans ? 0 : -1;
    this.centreSheet();
    this.place();
  }

  /* Zooming keeps the middle of what is seen where it is. */
  centreSheet() {
    if (!this.pans || !this.views) return;
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = this.stage;
    const left = this.centre.x * scrollWidth - clientWidth / 2;
    const top = this.centre.y * scrollHeight - clientHeight / 2;
    this.stage.scrollTo({ left, top, behavior: "instant" });
  }

  look() {
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = this.stage;
    this.centre.x = (this.stage.scrollLeft + clientWidth / 2) / scrollWidth;
    this.centre.y = (this.stage.scrollTop + clientHeight / 2) / scrollHeight;
    this.place();
  }

  /* The divider belongs to the stage, not to the sheet: it stays in sight while the sheet pans. */
  place() {
    const cut = this.divides + (this.pans ? this.stage.scrollLeft : 0);
    const share = Math.round(this.slider.value);
    this.divider.style.left = `${this.divides}px`;
    this.images.right.style.clipPath = `inset(0 0 0 ${cut}px)`;
    this.slider.setAttribute("aria-valuetext", `${share} % left, ${100 - share} % right`);
  }

  flicker() {
    if (this.differs) return;
    this.slider.value = this.slider.value < 50 ? 100 : 0;
    this.place();
  }

  /* A drag moves the divider; but a zoomed sheet is panned, unless the divider itself is taken.
     Fingers pan by themselves. */
  grab(event) {
    if (event.button !== 0) return;
    const at = event.clientX - this.stage.getBoundingClientRect().left;
    const pans = this.pans && (this.differs || Math.abs(at - this.divides) > REACH);
    if ((pans && event.pointerType !== "mouse") || (!pans && this.differs)) return;
    event.preventDefault();
    if (pans) this.pan(event);
    else this.slide(event);
  }

  slide(event) {
    const move = ({ clientX }) => {
      const { left } = this.stage.getBoundingClientRect();
      this.slider.value = (100 * (clientX - left)) / this.shown;
      this.place();
    };
    // A finger that only wants to scroll the page must not move it.
    if (event.pointerType === "mouse") move(event);
    follow(event, move);
    this.slider.focus({ preventScroll: true });
  }

  pan(event) {
    const left = this.stage.scrollLeft + event.clientX;
    const top = this.stage.scrollTop + event.clientY;
    follow(event, ({ clientX, clientY }) => this.stage.scrollTo(left - clientX, top - clientY));
  }

  async drawDifference() {
    const { turn } = this;
    await Promise.allSettled(Object.values(this.images).map((image) => image.decode()));
    if (turn !== this.turn) return;
    const amplify = Number(this.controls.amplify.value);
    const left = pixelsOf(this.images.left);
    const right = pixelsOf(this.images.right);
    const map = new ImageData(left.width, left.height);
    let sum = 0;
    let most = 0;
    for (let at = 0; at < map.data.length; at += 1) {
      if (at % 4 === 3) {
        map.data[at] = 255;
        continue;
      }
      const change = Math.abs(left.data[at] - right.data[at]);
      sum += change;
      most = Math.max(most, change);
      map.data[at] = change * amplify; // clamped to 255 by its type
    }
    this.canvas.width = map.width;
    this.canvas.height = map.height;
    this.canvas.getContext("2d").putImageData(map, 0, 0);
    const mean = (sum / (3 * map.width * map.height)).toFixed(2);
    const [label, figures] = this.captions.right.children;
    this.captions.left.children[0].textContent = `|left − right| × ${amplify}`;
    this.captions.left.children[1].textContent = `mean ${mean}, most ${most} of 255`;
    label.textContent = `${this.images.left.alt} − ${this.images.right.alt}`;
    figures.textContent = "";
  }
}

/* Call `move` at every move of this pointer until it is let go. */
function follow(start, move) {
  const element = start.currentTarget;
  const end = new AbortController();
  element.setPointerCapture(start.pointerId);
  element.addEventListener("pointermove", move, { signal: end.signal });
  for (const name of ["pointerup", "pointercancel"]) {
    element.addEventListener(name, () => end.abort(), { signal: end.signal });
  }
}

function pixelsOf(image) {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/* What was chosen for one photo is chosen for all; pictures are the same where their labels are. */
function chooseForAll(viewers, from, control) {
  const label = control.selectedOptions?.[0].text;
  for (const viewer of viewers) {
    if (viewer === from) continue;
    const same = viewer.controls[control.name];
    const named = label === undefined ? [] : [...same.options].filter((it) => it.text === label);
    const alike = named.find((it) => it.value === control.value) ?? named[0];
    if (alike) same.value = alike.value;
    else if (label === undefined) same.value = control.value;
    viewer.update();
  }
}

/* Every viewer has the same room. The photo of `kept` stays where it is in the window. */
function resizeAll(viewers, kept) {
  const before = kept.scene.getBoundingClientRect().top;
  const room = kept.column.getBoundingClientRect().width;
  for (const viewer of viewers) viewer.resize(room);
  const moved = kept.scene.getBoundingClientRect().top - before;
  window.scrollBy({ top: moved, behavior: "instant" });
}

function startViewers(viewers) {
  const byScene = new Map(viewers.map((viewer) => [viewer.scene, viewer]));
  const openSeen = (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) byScene.get(target).open();
  };
  const near = new IntersectionObserver(openSeen, { rootMargin: NEAR });
  const together = document.getElementById("together");
  const seen = () => viewers.find(({ scene }) => scene.getBoundingClientRect().bottom > 0);
  resizeAll(viewers, viewers[0]);
  for (const viewer of viewers) {
    near.observe(viewer.scene);
    viewer.scene.addEventListener("change", ({ target }) => {
      if (!target.form) return;
      viewer.update();
      if (together?.checked) chooseForAll(viewers, viewer, target);
      if (target.name === "zoom") resizeAll(viewers, viewer);
    });
  }
  window.addEventListener("resize", () => resizeAll(viewers, seen() ?? viewers[0]));
  window.addEventListener("beforeprint", () => viewers.forEach((viewer) => viewer.open()));
}

/* A cell as something to sort by: a figure, or words with their numbers in order. What is missing
   comes last either way. */
function figureOf(text) {
  if (/^-?inf/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return Number.parseFloat(text);
}

function compareCells(one, other, isFigure, direction) {
  if (!isFigure) return direction * one.localeCompare(other, undefined, { numeric: true });
  const [a, b] = [figureOf(one), figureOf(other)];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
  return a === b ? 0 : direction * (a < b ? -1 : 1);
}

function sortBy(table, column) {
  const heads = [...table.tHead.rows[0].cells];
  const ascending = heads[column].getAttribute("aria-sort") !== "ascending";
  const isFigure = heads[column].classList.contains("figure");
  heads.forEach((head, at) => {
    const order = ascending ? "ascending" : "descending";
    head.setAttribute("aria-sort", at === column ? order : "none");
  });
  const text = (row) => row.cells[column].textContent;
  for (const body of table.tBodies) {
    const rows = [...body.rows];
    rows.sort((a, b) => compareCells(text(a), text(b), isFigure, ascending ? 1 : -1));
    body.append(...rows);
  }
}

function startSorting(table) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => sortBy(table, column));
  });
}

document.querySelectorAll(".table-box table").forEach(startSorting);
const viewers = [...document.querySelectorAll(".scene")].map((scene) => new Viewer(scene));
if (viewers.length) startViewers(viewers);
