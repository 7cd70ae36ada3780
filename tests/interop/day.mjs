// An administrator sets a city up, an operator takes what citizens bring, an officer answers: with the keyboard alone.
// Says {"step", …} when something shall happen or is asked of the outside, and {"check", "good", "detail"} for what was seen.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { administrator } from './day_administrator.mjs';
import { officer } from './day_officer.mjs';
import { operator } from './day_operator.mjs';
import { Keyboard } from './keyboard.mjs';

const require = createRequire(path.join(process.env.ODZIV_INTEROP_CACHE, 'node_modules', 'x.js'));
const { chromium } = require('playwright-core');

const [base, user, password, scan, shots] = process.argv.slice(2);
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const check = (what, good, detail = '') => say({ check: what, good: Boolean(good), detail: String(detail).slice(0, 1500) });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function ask(step, more = {}) {
  say({ step, ...more });
  return JSON.parse((await lines.next()).value);
}
function must(good, why) {
  if (!good) throw new Error(why);
}

const browser = await chromium.launch({
  executablePath: process.env.ODZIV_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio'],
});
const errors = [];
const unseen = new Set();
const lost = [];
let page;
let keys;
/** What the server refused last, to be said with what failed. */
let refused = '';

/** Everybody has a browser of their own; a mouse there is none. */
async function sitDown() {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'sr', timezoneId: 'Europe/Belgrade', reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(10000);
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('response', async (answer) => {
    if (answer.status() >= 400) refused = `${answer.status()} ${(await answer.text().catch(() => '')).slice(0, 200)}`;
  });
  // Listened for from the beginning: the browser is asked to hand it over before the key is pressed.
  page.on('filechooser', (chooser) => chooser.setFiles(scan));
  await page.addInitScript(() => {
    window.printed = 0;
    window.print = () => { window.printed += 1 };
  });
  keys = await Keyboard.of(page);
  return { page, keys };
}

async function standUp() {
  keys.unseen.forEach((each) => unseen.add(each));
  lost.push(...keys.lost);
  await page.context().close();
}

async function attempt(what, deed) {
  refused = '';
  try {
    check(what, true, (await deed()) ?? '');
  } catch (error) {
    check(what, false, `${String(error).split('\n').slice(0, 3).join(' ')} ${refused}`);
    if (shots) await page.screenshot({ path: path.join(shots, `failed-${what.replace(/\W+/g, '-')}.png`) });
  }
}

async function logIn(name, word) {
  await page.goto(base + '/login');
  await keys.fill('Корисничко име', name);
  await keys.fill('Лозинка', word);
  await keys.follow(null, {}, 'Enter');
}

async function newPassword(old, next) {
  await keys.fill('Садашња лозинка', old);
  await keys.fill('Нова лозинка', next);
  await keys.fill('Нова лозинка још једном', next);
  await keys.follow(null);
}

const seen = (words) => page.waitForSelector(`text=${words}`);
const inStory = (words) => page.waitForSelector(`#timeline >> text=${words}`);

const day = {
  base, shots, ask, must, attempt, sitDown, standUp, logIn, newPassword, seen, inStory,
  // Which an administrator gives, and which one chooses oneself.
  TEMPORARY: 'prva-lozinka-91', OWN: 'jesenje-lišće-73',
};
await administrator(day, user, password);
await officer(day, await operator(day));

check('the focus was to be seen at every step', unseen.size === 0, `${unseen.size}: ${[...unseen].slice(0, 6).join(' | ')}`);
check('the focus was never lost after a deed', lost.length === 0, lost.join(', '));
check('no errors in scripts', errors.length === 0, errors.slice(0, 3).join(' | '));
await browser.close();
process.exit(0);
