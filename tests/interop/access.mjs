// Walks from page to page by their links, one page of each kind, and lets axe-core look at each: in three languages, wide and
// narrow, light and dark. Says {"check", "good", "detail"} for each language.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const require = createRequire(path.join(process.env.ODZIV_INTEROP_CACHE, 'node_modules', 'x.js'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const [base, user, password, shots] = process.argv.slice(2);
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const check = (what, good, detail = '') => say({ check: what, good: Boolean(good), detail: String(detail).slice(0, 3000) });

/** Pages of one kind: /cases/17 and /cases/18, whatever is asked for. */
const kind = (address) => new URL(address, base).pathname.replace(/\/\d+(?=\/|$)/g, '/N');
/** Not pages: downloads, streams, and what ends the visit. */
const SKIPPED = /\/(events|logout|recordings|files|attachments|export|api|healthz|metrics)(\/|$|\.)|\.(csv|xlsx|wav|json|zip|pdf)$/;
const MOST_PAGES = 180;
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
const LOOKS = [
  { name: 'wide', viewport: { width: 1440, height: 900 }, scheme: 'light' },
  { name: 'narrow', viewport: { width: 375, height: 740 }, scheme: 'light' },
  { name: 'dark', viewport: { width: 1440, height: 900 }, scheme: 'dark' },
];

const browser = await chromium.launch({
  executablePath: process.env.ODZIV_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio'],
});
// The policy of the pages forbids foreign scripts; axe is one.
const context = await browser.newContext({ bypassCSP: true, timezoneId: 'Europe/Belgrade', reducedMotion: 'reduce' });
const page = await context.newPage();
page.setDefaultTimeout(15000);
const errors = [];
page.on('pageerror', (error) => errors.push(`${page.url()}: ${error}`));

await page.goto(base + '/login');
const strangers = await look('login');
check('the log-in page', strangers.length === 0, strangers.join(' | '));
await page.fill('input[name=name]', user);
await page.fill('input[name=password]', password);
await page.click('form[action="/login"] button');
await page.waitForURL(/\/cases/);

const pages = await discover();
check(`pages found by their links`, pages.length > 5, pages.map(kind).join(' '));

for (const language of ['sr-Cyrl', 'sr-Latn', 'en']) {
  await context.addCookies([{ name: 'odziv_language', value: language, url: base }]);
  const found = [];
  for (const address of pages) {
    // Colours and structure are the same in every language; what words do to a telephone is not.
    for (const { name, viewport, scheme } of LOOKS.filter((look) => look.name === 'narrow' || language === 'sr-Cyrl')) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await visit(address);
      found.push(...(await look(`${kind(address)} ${name}`)));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > viewport.width + 1) found.push(`${kind(address)} ${name}: ${wide} pixels wide`);
      if (shots) await page.screenshot({ path: path.join(shots, `${language}${kind(address).replace(/\W+/g, '-')}-${name}.png`), fullPage: true });
    }
  }
  check(`${pages.length} pages in ${language}: no serious violation, ${language === 'sr-Cyrl' ? 'wide, narrow and dark' : 'narrow'}`, found.length === 0, `${found.length}: ${found.join(' | ')}`);
}
check('no errors in scripts', errors.length === 0, errors.slice(0, 5).join(' | '));
await browser.close();
process.exit(0);

/** Pages keep a stream open, so that "no more network" never comes. */
async function visit(address) {
  const answer = await page.goto(base + address, { waitUntil: 'load' });
  await page.waitForTimeout(150);
  return answer;
}

async function discover() {
  const seen = new Map();
  const waiting = ['/'];
  while (waiting.length && seen.size < MOST_PAGES) {
    const address = waiting.shift();
    if (seen.has(kind(address))) continue;
    const answer = await visit(address);
    if (!(answer.headers()['content-type'] || '').startsWith('text/html')) continue;
    if (!answer.ok()) {
      check(`the page behind the link ${address}`, false, answer.status());
      seen.set(kind(address), null);
      continue;
    }
    seen.set(kind(address), address);
    const links = await page.$$eval('a[href]', (all) => all.map((a) => a.href));
    for (const link of links) {
      const { origin, pathname, search } = new URL(link);
      if (origin === base && !SKIPPED.test(pathname) && !seen.has(kind(pathname))) waiting.push(pathname + search);
    }
  }
  return [...seen.values()].filter((address) => address && address !== '/');
}

/** What a user of assistive technology would stumble over. */
async function look(where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), TAGS);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${where}: ${id} (${nodes.length}) ${nodes[0].target.join(' ')} ${(nodes[0].any[0]?.message ?? nodes[0].all[0]?.message ?? '').slice(0, 160)}`);
}
