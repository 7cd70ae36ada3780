// A clerk at a browser, told what to expect by lines of JSON on standard input: {"case": id, "words": text}.
// Says {"step": name} when it is time for the next thing to happen, and {"check", "good", "detail"} for what was seen.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';

const require = createRequire(path.join(process.env.ODZIV_INTEROP_CACHE, 'node_modules', 'x.js'));
const { chromium } = require('playwright-core');

const [base, user, password, shots] = process.argv.slice(2);
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const check = (what, good, detail = '') => say({ check: what, good: Boolean(good), detail: String(detail) });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => JSON.parse((await lines.next()).value);

const browser = await chromium.launch({
  executablePath: process.env.ODZIV_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio'],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'sr', timezoneId: 'Europe/Belgrade' });
const page = await context.newPage();
page.setDefaultTimeout(15000);
const errors = [];
const expected = new Set();
page.on('console', (message) => {
  if (message.type() === 'error' && ![...expected].some((part) => message.text().includes(part))) errors.push(message.text());
});
page.on('pageerror', (error) => errors.push(String(error)));
const shot = (name) => shots && page.screenshot({ path: path.join(shots, `${name}.png`) });

async function attempt(what, deed) {
  try {
    const detail = await deed();
    check(what, true, detail ?? '');
  } catch (error) {
    check(what, false, String(error).split('\n').slice(0, 4).join(' '));
    await shot(`failed-${what.replace(/\W+/g, '-')}`);
  }
}

await attempt('a stranger is sent to the log-in page', async () => {
  await page.goto(base + '/cases');
  await page.waitForURL(/\/login/);
  await shot('login');
});

await attempt('a clerk logs in', async () => {
  await page.fill('input[name=name]', user);
  await page.fill('input[name=password]', password);
  await page.click('form[action="/login"] button');
  await page.waitForURL(/\/cases/);
  await page.evaluate(() => { window.sameDocument = true; });
});

// Live: a text, then a call.
for (const kind of ['text', 'call']) {
  say({ step: kind });
  const { case: id } = await next();
  await attempt(`the case of a ${kind} appears in the list without reload`, async () => {
    await page.waitForSelector(`#rows .row[data-id="${id}"]`);
    if (!(await page.evaluate(() => window.sameDocument === true))) throw new Error('the page was loaded again');
  });
}
await shot('list');

await attempt('the search finds a case in the other script', async () => {
  await page.fill('#q', 'pukla cev');
  await page.waitForFunction(() => document.querySelectorAll('#rows .row').length === 1);
  await shot('search');
  await page.fill('#q', '');
  await page.waitForFunction(() => document.querySelectorAll('#rows .row').length > 1);
});

say({ step: 'open' });
const { case: call } = await next();
await attempt('the case of the call opens with its player', async () => {
  await page.click(`#rows .row[data-id="${call}"] .row-link`);
  await page.waitForURL(new RegExp(`/cases/${call}$`));
  await page.waitForSelector('.player button');
  await shot('case');
});

await attempt('the recording plays', async () => {
  await page.click('.player button >> nth=0');
  await page.waitForFunction(() => document.querySelector('.player audio').currentTime > 0.5);
  await shot('playing');
  return await page.$eval('.player audio', (audio) => `${audio.duration.toFixed(1)} s`);
});

await attempt('the recording is sought in', async () => {
  await page.$eval('.player audio', (audio) => { audio.currentTime = audio.duration * 0.8; });
  await page.waitForFunction(() => { const a = document.querySelector('.player audio'); return a.currentTime >= a.duration * 0.8 || a.ended; });
});

await attempt('a note is added', async () => {
  await page.fill('#note textarea', 'Позван грађанин, потврдио адресу.');
  await page.click('#note .is-main');
  await page.waitForSelector('#timeline >> text=Позван грађанин');
  await shot('noted');
});

await attempt('a note of somebody else appears without reload', async () => {
  await page.evaluate(() => { window.sameDocument = true; });
  say({ step: 'note' });
  await next();
  await page.waitForSelector('#timeline >> text=Екипа је на терену');
  if (!(await page.evaluate(() => window.sameDocument === true))) throw new Error('the page was loaded again');
});

await attempt('the status is changed', async () => {
  await page.selectOption('.facts-form select[name=status]', 'in_progress');
  await page.click('.facts-form .facts-save');
  await page.waitForSelector('#head .chip.is-in_progress');
});

await attempt('it fits a telephone of 375 pixels', async () => {
  await page.setViewportSize({ width: 375, height: 740 });
  await page.goto(base + '/cases');
  await page.waitForSelector('#rows .row');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  await shot('small');
  if (wide > 376) throw new Error(`${wide} pixels wide`);
});

check('no errors in the console', errors.length === 0, errors.slice(0, 5).join(' | '));
await browser.close();
process.exit(0);
