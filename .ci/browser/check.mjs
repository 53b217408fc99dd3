// Looks at the built site as a reader does, with Debian's chromium.
//
//   node check.mjs FOLDER          reads it as files, and from a path of a server
//   node check.mjs FOLDER BASE     the same site from a server that is already there
//
// It prints a line a check, and ends with 1 if one of them fails. FRESHET_SHOTS
// names a folder for pictures, FRESHET_CHROMIUM another browser.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deadLinks, readSite, serve } from './site.mjs';
import { axe, open, start } from './watch.mjs';

const [folder, given] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node check.mjs FOLDER [BASE]');
  process.exit(2);
}
const site = readSite(resolve(folder));
const within = new Date(site.now.asOf.getTime() + 60_000); // the page is young
const after = new Date(site.now.expires.getTime() + 60_000); // the next run is overdue
let failed = 0;

/** check runs one check, which returns what it counted and the faults that it found. */
async function check(name, run) {
  const began = Date.now();
  const { count, faults } = await run().catch((e) => ({ count: 'ended early', faults: [e.message] }));
  const took = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`${faults.length ? 'FAIL' : 'ok  '} ${name}: ${count}, ${faults.length} faults (${took} s)`);
  const lines = [...new Set(faults)];
  for (const line of lines.slice(0, 25)) console.log(`       ${line}`);
  if (lines.length > 25) console.log(`       and ${lines.length - 25} more`);
  failed += faults.length ? 1 : 0;
}

/** links needs no browser: whatever a page names is there, from any path. */
async function links() {
  const { count, dead } = deadLinks(site);
  return { count: `${count} links on ${site.pages.length} pages`, faults: dead };
}

const planted = {
  'planted.html': `<!DOCTYPE html><html lang="en"><head><title>Planted</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src *"></head>
<body style="color: red"><img src="http://elsewhere.example/a.png"><img src="absent.png" alt=""></body></html>`,
};

/** watched plants faults, so that a watch that sees nothing cannot pass. */
async function watched(browser) {
  const server = await serve(site.folder, '/planted/', planted);
  const tab = await open(browser, server.base);
  await tab.go('planted.html');
  const seen = [...tab.problems, ...(await axe(tab))].join('\n');
  await tab.close();
  server.close();
  const wants = [/ContentSecurityPolicyIssue/, /console: .*inline style/i, /asks for http:\/\/elsewhere/, /absent\.png answers 404/, /image-alt/];
  return { count: `${wants.length} planted faults`, faults: wants.filter((w) => !w.test(seen)).map((w) => `${w} was not seen`) };
}

/** story is the way of a reader without script: all of home, then a dashboard, then a table. */
async function story(browser, base) {
  const tab = await open(browser, base, { javaScriptEnabled: false });
  await tab.go('index.html');
  const says = site.summary.attention.map((a) => a.says);
  const faults = await missing(tab.page, says);
  const closed = await openAll(tab.page);
  const names = site.assets.filter((a) => ['folder', 'dashboard', 'tile'].includes(a.kind)).map((a) => a.name);
  faults.push(...(await missing(tab.page, names)));
  if (!names.length || !says.length) faults.push('the API names nothing to look for');
  for (const part of ['d/', 't/']) {
    await tab.page.locator(`main a[href*="${part}"]`).filter({ visible: true }).first().click();
    await tab.page.waitForURL((url) => url.href.startsWith(base + part));
    if (!(await tab.page.locator('h1').innerText()).trim()) faults.push(`${tab.page.url()} has no heading`);
  }
  await tab.close();
  return { count: `${says.length} causes, ${names.length} folders, dashboards and tiles (${closed} clicks), 2 links`, faults: [...faults, ...tab.problems] };
}

/** missing returns which of the words the page does not show. */
async function missing(page, words) {
  const text = await page.locator('main').innerText();
  return words.filter((w) => !text.includes(w)).map((w) => `home does not show ${JSON.stringify(w)}`);
}

/** openAll clicks on all that is closed, and returns how often. */
async function openAll(page) {
  const closed = page.locator('details:not([open]) > summary').filter({ visible: true });
  let clicks = 0;
  for (; (await closed.count()) && clicks < 500; clicks++) await closed.first().click();
  return clicks;
}

/** bare opens every page without script. */
async function bare(browser, base) {
  const tab = await open(browser, base, { javaScriptEnabled: false });
  for (const page of site.pages) await tab.go(page);
  await tab.close();
  return { count: `${site.pages.length} pages`, faults: tab.problems };
}

/** wide opens every page in a window of that width: nothing sticks out, is cut off or broken apart. */
async function wide(browser, base, width) {
  const tab = await open(browser, base, { viewport: { width, height: 844 }, at: within });
  const faults = [];
  for (const page of site.pages) {
    await tab.go(page);
    for (const out of await tab.page.evaluate(sticksOut)) faults.push(`${page} ${out}`);
  }
  await tab.close();
  return { count: `${site.pages.length} pages`, faults: [...faults, ...tab.problems] };
}

/** sticksOut runs in the page. */
function sticksOut() {
  const out = [];
  const name = (e) => e.tagName.toLowerCase() + (e.id && `#${e.id}`) + [...e.classList].map((c) => `.${c}`).join('');
  document.querySelectorAll('details').forEach((d) => { d.open = true; });
  if (document.documentElement.scrollWidth > innerWidth) out.push(`is ${document.documentElement.scrollWidth} px wide`);
  for (const e of document.querySelectorAll('main *')) {
    if (getComputedStyle(e).overflowX === 'hidden' && e.scrollWidth > e.clientWidth) out.push(`${name(e)} cuts off ${e.scrollWidth - e.clientWidth} px`);
  }
  const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (const range = document.createRange(); texts.nextNode(); ) {
    for (const word of texts.currentNode.data.matchAll(/(?<!\S)\p{L}{2,14}(?!\S)/gu)) {
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((r) => r.top)).size > 1) out.push(`${name(texts.currentNode.parentElement)} breaks the word ${word[0]}`);
    }
  }
  return out;
}

/** accessible asks axe of one page of each kind and status. */
async function accessible(browser, base, pages, options) {
  const tab = await open(browser, base, { at: within, ...options });
  const faults = [];
  for (const page of pages) {
    await tab.go(page);
    for (const found of await axe(tab)) faults.push(`${page} ${found}`);
  }
  await tab.close();
  return { count: `${pages.length} pages`, faults: [...faults, ...tab.problems] };
}

/** special shows a page to forced colours and to paper. */
async function special(browser, base) {
  const faults = [];
  const forced = await open(browser, base, { forcedColors: 'active', at: within });
  const paper = await open(browser, base, { at: within });
  for (const page of site.kinds) {
    await forced.go(page);
    await paper.go(page);
    await paper.page.emulateMedia({ media: 'print' });
    if (await paper.page.locator('.top nav, .skip').filter({ visible: true }).count()) faults.push(`${page} prints its navigation`);
    if ((await paper.page.pdf()).length < 5000) faults.push(`${page} prints nothing`);
  }
  if (!(await forced.page.evaluate(() => matchMedia('(forced-colors: active)').matches))) faults.push('the browser did not force colours');
  await Promise.all([forced.close(), paper.close()]);
  return { count: `${site.kinds.length} pages twice`, faults: [...faults, ...forced.problems, ...paper.problems] };
}

/** expires is the one thing that needs the script: a page tells that it is old, and only then. */
async function expires(browser, base) {
  const faults = [];
  for (const [at, old] of [[within, false], [after, true]]) {
    const tab = await open(browser, base, { at });
    for (const page of site.kinds) {
      await tab.go(page);
      const note = tab.page.locator('#expired');
      const is = { note: await note.isVisible(), class: await tab.page.evaluate(() => document.documentElement.classList.contains('old')) };
      if (is.note !== old || is.class !== old) faults.push(`${page} at ${at.toISOString()}: note ${is.note}, class ${is.class}`);
      if (old && !/^▲ This page is out of date\. It shows .+; an update was due by .+\.$/.test((await note.innerText()).trim())) faults.push(`${page} does not say that it is out of date`);
      if ((await tab.page.title()).startsWith('Out of date: ') !== old) faults.push(`${page} has the title ${await tab.page.title()}`);
      if (!/^Last updated .+\.$/.test((await tab.page.locator('#last-run').innerText()).trim())) faults.push(`${page} does not say when it was last updated`);
    }
    await tab.close();
    faults.push(...tab.problems);
  }
  return { count: `${site.kinds.length} pages twice`, faults };
}

/** lively moves over the charts that script draws, and asks for a word at each place. */
async function lively(browser, base) {
  const tab = await open(browser, base, { at: within });
  const pages = site.pages.filter((p) => site.files.includes(p.replace(/html$/, 'js')));
  const faults = pages.length ? [] : ['no page has a chart that script draws: is the bundle of make charts there?'];
  for (const page of pages) {
    await tab.go(page);
    const box = await tab.page.locator('.live').boundingBox();
    if (!box || (await tab.page.locator('svg.ag').first().isVisible())) faults.push(`${page} does not draw it`);
    for (const part of [0.2, 0.5, 0.8]) await tab.page.mouse.move(box.x + part * box.width, box.y + 90);
    const said = (await tab.page.locator('.said').allInnerTexts()).join();
    if (!/^\d+ \w{3}( \d\d:\d\d: (unknown|.* old, data from .*)|: (unknown|up to .* old))$/.test(said)) faults.push(`${page} says ${JSON.stringify(said)}`);
  }
  await tab.close();
  return { count: `${pages.length} pages`, faults: [...faults, ...tab.problems] };
}

const shots = {
  'home-light': ['index.html', {}],
  'home-dark': ['index.html', { colorScheme: 'dark' }],
  'home-phone': ['index.html', { viewport: { width: 390, height: 844 } }],
  'home-forced': ['index.html', { forcedColors: 'active' }],
  'home-print': ['index.html', {}, 'print'],
  'home-old': ['index.html', { at: after }],
  dashboard: [site.kinds.find((p) => p.startsWith('d/')), {}],
  table: [site.summary.attention[0]?.page ?? 't/index.html', {}],
};

/** pictures takes what a person may want to look at. */
async function pictures(browser, base, dir) {
  mkdirSync(dir, { recursive: true });
  for (const [name, [page, options, media]] of Object.entries(shots)) {
    const tab = await open(browser, base, { at: within, ...options });
    await tab.go(page);
    await tab.page.emulateMedia({ media });
    await tab.page.screenshot({ path: join(dir, `${name}.png`), fullPage: true });
    await tab.close();
  }
  return { count: `${Object.keys(shots).length} pictures`, faults: [] };
}

/** everywhere is what must hold wherever the site lies. */
async function everywhere(browser, where, base) {
  await check(`the way of a reader without script, ${where}`, () => story(browser, base));
  await check(`every page without script, ${where}`, () => bare(browser, base));
  await check(`the age of a page, ${where}`, () => expires(browser, base));
}

/** looks is what holds in one place as in all. */
async function looks(browser, base) {
  for (const width of [1280, 390, 320]) await check(`every page at ${width} px`, () => wide(browser, base, width));
  const causes = site.summary.attention.map((a) => a.page).filter((p) => p.startsWith('t/')).slice(0, 1);
  const pages = [...new Set([...site.kinds, ...causes])];
  await check('axe, light', () => accessible(browser, base, pages, {}));
  await check('axe, dark', () => accessible(browser, base, pages, { colorScheme: 'dark' }));
  await check('axe, 390 px', () => accessible(browser, base, pages, { viewport: { width: 390, height: 844 } }));
  await check('axe, light, old', () => accessible(browser, base, ['index.html'], { at: after }));
  await check('axe, dark, old', () => accessible(browser, base, ['index.html'], { at: after, colorScheme: 'dark' }));
  if (site.files.includes('echarts.js')) await check('the charts that script draws', () => lively(browser, base));
  await check('forced colours and print', () => special(browser, base));
  if (process.env.FRESHET_SHOTS) await check('pictures', () => pictures(browser, base, process.env.FRESHET_SHOTS));
}

/** main looks at the files and at a server, or at the server that was given. */
async function main(browser) {
  await check('links', links);
  await check('the watch itself', () => watched(browser));
  if (given) {
    const base = given.endsWith('/') ? given : given + '/';
    await everywhere(browser, 'from the server', base);
    return looks(browser, base);
  }
  await everywhere(browser, 'as files', pathToFileURL(site.folder).href + '/');
  const server = await serve(site.folder, '/some/sub/path/');
  await everywhere(browser, 'from a server', server.base);
  await looks(browser, server.base);
  server.close();
}

const browser = await start();
await main(browser).finally(() => browser.close());
console.log(failed ? `browser: ${failed} checks failed` : 'browser: all checks passed');
process.exit(failed ? 1 : 0);
