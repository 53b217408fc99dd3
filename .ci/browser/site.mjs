// The built site as files: its pages, what it says by its API, and a small server.
import { createServer } from 'node:http';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, extname, join, normalize, relative, sep } from 'node:path';

const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.json': 'application/json', '.jsonl': 'application/x-ndjson', '.svg': 'image/svg+xml', '.md': 'text/markdown', '.xml': 'application/atom+xml' };

/** readSite reads what the checks need to know of a folder. */
export function readSite(folder) {
  const files = readdirSync(folder, { recursive: true }).map(String).filter((f) => statSync(join(folder, f)).isFile()).map((f) => f.split(sep).join('/')).sort();
  const text = (file) => readFileSync(join(folder, file), 'utf8');
  const now = Object.fromEntries([...text('now.js').matchAll(/"(\w+)": "([^"]+)"/g)].map((m) => [m[1], new Date(m[2])]));
  const pages = files.filter((f) => f.endsWith('.html'));
  const assets = text('api/v1/assets.jsonl').trim().split('\n').map((line) => JSON.parse(line));
  return { folder, files, pages, text, now, assets, summary: JSON.parse(text('api/v1/summary.json')), kinds: kinds(pages, text) };
}

/** kinds is one page of each folder and status, home and the other single pages included. */
function kinds(pages, text) {
  const first = new Map();
  for (const page of pages) {
    const status = /<h1[^>]*>.*?class="pill (\w)/.exec(text(page))?.[1] ?? page;
    const key = dirname(page) + ' ' + status;
    if (!first.has(key)) first.set(key, page);
  }
  return [...first.values()];
}

/** deadLinks returns every link and address of a page that leads to nothing inside the site. */
export function deadLinks(site) {
  const dead = [];
  let count = 0;
  for (const page of site.pages) {
    for (const [, href] of site.text(page).matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^(https?|mailto|data):/.test(href)) continue;
      count++;
      const why = leadsNowhere(site, page, href.replaceAll('&amp;', '&'));
      if (why) dead.push(`${page}: ${href} ${why}`);
    }
  }
  return { count, dead };
}

function leadsNowhere(site, page, href) {
  const [path, id] = href.split('#').map(decodeURIComponent);
  if (path.startsWith('/')) return 'holds only at the root of a server';
  const target = path ? relative('.', normalize(join(dirname(page), path))).split(sep).join('/') : page;
  if (!site.files.includes(target)) return 'is not a file of the site';
  if (id && !site.text(target).includes(` id="${id}"`)) return 'names an id that its page does not have';
  return '';
}

/** serve gives a folder below a path of a free port, and extra files beside it for the checks of the checks. */
export async function serve(folder, prefix, extra = {}) {
  const server = createServer((request, answer) => {
    const path = decodeURIComponent(new URL(request.url, 'http://here').pathname);
    const name = path.startsWith(prefix) ? normalize(path.slice(prefix.length)) : '';
    const body = extra[name] ?? (name && !name.startsWith('..') ? readOrNothing(join(folder, name)) : undefined);
    answer.writeHead(body === undefined ? 404 : 200, { 'content-type': (types[extname(name)] ?? 'application/octet-stream') + '; charset=utf-8', 'x-content-type-options': 'nosniff' });
    answer.end(body);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { base: `http://127.0.0.1:${server.address().port}${prefix}`, close: () => server.close() };
}

function readOrNothing(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
