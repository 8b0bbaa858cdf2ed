// Opens pages of `synth diff --format html` and pictures of `synth graph` as readers do: on a phone and on a desktop,
// light and dark. Saves screenshots, and fails if axe-core finds anything, text leaves its box, a page scrolls
// sideways, anything is fetched or executed, or Mermaid cannot read a Mermaid picture.
//
//     node page.mjs BROWSER FOLDER FILE...

import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [browserPath, folder, ...files] = process.argv.slice(2);
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let failed = 0;

function tell(name, faults) {
  console.log(`${faults.length ? "FAIL" : "ok  "}  ${name}`);
  for (const fault of faults) console.log(`      ${fault}`);
  failed += faults.length ? 1 : 0;
}

// In the page: compares each text of a picture with the box of its card, which is the rectangle before it.
function overflows() {
  const faults = [];
  for (const svg of document.querySelectorAll("svg.picture")) {
    const whole = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      const card = text.matches(".verb") ? null : text.parentElement.querySelector("rect");
      const around = card ? card.getBoundingClientRect() : whole;
      if (box.left < around.left - 1 || box.right > around.right + 1) faults.push(`text leaves its box: ${text.textContent}`);
    }
  }
  const page = document.documentElement;
  if (document.contentType === "text/html" && page.scrollWidth > page.clientWidth) {
    faults.push(`the page is ${page.scrollWidth} pixels wide on ${page.clientWidth}`);
  }
  return faults;
}

async function look(browser, file, width, colorScheme) {
  const name = `${path.basename(file)} at ${width}, ${colorScheme}`;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, deviceScaleFactor: 2 });
  const page = await context.newPage();
  const faults = [];
  page.on("dialog", async (dialog) => { faults.push(`a script ran: ${dialog.message()}`); await dialog.dismiss(); });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("request", (request) => { if (!request.url().startsWith("file:")) faults.push(`fetched ${request.url()}`); });
  if (file.endsWith(".svg")) {
    // A picture in a page of its own, as wide as the window.
    const svg = fs.readFileSync(file, "utf8").replace(/^<\?xml.*?\?>/, "");
    await page.setContent(`<!DOCTYPE html><style>body{margin:0}svg{max-width:100%;height:auto}</style>${svg}`);
  } else {
    await page.goto(pathToFileURL(path.resolve(file)).href);
  }
  faults.push(...(await page.evaluate(overflows)));
  const image = `${path.basename(file)}-${width}-${colorScheme}.png`;
  await page.screenshot({ path: path.join(folder, image), fullPage: true });
  if (file.endsWith(".html")) {
    // Folded parts are checked, too.
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
    faults.push(...(await page.evaluate(overflows)));
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    for (const { id, help, nodes } of violations) faults.push(`${id}: ${help}: ${nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
    await page.keyboard.press("Tab");
    const first = await page.evaluate(() => document.activeElement.className);
    if (first !== "skip") faults.push(`the first keyboard stop is not the skip link but ${first}`);
  }
  await context.close();
  tell(name, [...new Set(faults)]);
}

async function readMermaid(pictures) {
  if (pictures.length === 0) return;
  const { JSDOM } = await import("jsdom");
  const { window } = new JSDOM("");
  Object.assign(globalThis, { window, document: window.document, Element: window.Element, DOMParser: window.DOMParser });
  const { default: mermaid } = await import("mermaid");
  for (const file of pictures) {
    const faults = await mermaid.parse(fs.readFileSync(file, "utf8")).then(() => [], (error) => [String(error)]);
    tell(`${path.basename(file)} is Mermaid`, faults);
  }
}

fs.mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
for (const file of files.filter((file) => /\.(html|svg)$/.test(file))) {
  for (const width of [360, 1280]) for (const scheme of ["light", "dark"]) await look(browser, file, width, scheme);
}
await browser.close();
await readMermaid(files.filter((file) => file.endsWith(".mermaid")));
console.log(`${failed} failed; images are in ${folder}`);
process.exitCode = failed ? 1 : 0;
