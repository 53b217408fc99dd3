// A tab that is watched: whatever goes wrong in it becomes a line of its problems.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** start starts the browser. It resolves no name, so that nothing outside this machine can answer. */
export function start() {
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const args = ['--no-sandbox', ...quiet, '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];
  return chromium.launch({ executablePath: process.env.FRESHET_CHROMIUM ?? '/usr/bin/chromium', args });
}

/** open opens a tab on the site at base. With options.at the page's clock stands at that moment. */
export async function open(browser, base, { at, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US', timezoneId: 'America/New_York', ...options });
  if (at) await context.clock.setFixedTime(at);
  const problems = [];
  listen(context, base, (text) => problems.push(text));
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  cdp.on('Audits.issueAdded', ({ issue }) => problems.push(`${issue.code} ${JSON.stringify(issue.details)}`));
  await cdp.send('Audits.enable');
  const go = (file) => page.goto(base + file);
  return { page, cdp, problems, go, close: () => context.close() };
}

function listen(context, base, tell) {
  context.on('request', (r) => r.url().startsWith(base) || r.url().startsWith('data:') || tell(`asks for ${r.url()}, which is not of the site`));
  context.on('requestfailed', (r) => left(r) || tell(`${r.url()} ${r.failure()?.errorText}`));
  context.on('response', (r) => r.status() >= 400 && tell(`${r.url()} answers ${r.status()}`));
  context.on('console', (m) => ['error', 'warning'].includes(m.type()) && tell(`console: ${m.text()}`));
  context.on('weberror', (e) => tell(`script: ${e.error().message}`));
}

/** left says that a request ended only because the tab went on to the next page, as an icon's may. */
function left(request) {
  return request.failure()?.errorText === 'net::ERR_ABORTED' && !request.isNavigationRequest();
}

/** axe returns what axe-core finds in a tab, hidden parts opened. The policy of the page does not bind the debugger. */
export async function axe({ cdp }) {
  await evaluate(cdp, 'document.querySelectorAll("details").forEach((d) => { d.open = true; })');
  await evaluate(cdp, axeSource + ';0');
  const found = await evaluate(cdp, `axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } })
    .then((r) => r.violations.flatMap((v) => v.nodes.map((n) => [v.id, n.target.join(" "), n.failureSummary.replace(/\\s+/g, " ")].join(" | "))))`);
  return found;
}

async function evaluate(cdp, expression) {
  const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}
