// Takes the pictures of README: what an operator, an officer, an administrator and a citizen see.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.env.ODZIV_INTEROP_CACHE, 'node_modules', 'x.js'));
const { chromium } = require('playwright-core');

const [base, password, folder] = process.argv.slice(2);
const check = (what, good, detail = '') => process.stdout.write(JSON.stringify({ check: what, good: Boolean(good), detail: String(detail) }) + '\n');
const browser = await chromium.launch({
  executablePath: process.env.ODZIV_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio'],
});

async function visitor(user, viewport = { width: 1440, height: 900 }, scale = 1) {
  const context = await browser.newContext({ viewport, deviceScaleFactor: scale, locale: 'sr', timezoneId: 'Europe/Belgrade', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  if (user) {
    await page.goto(base + '/login');
    await page.fill('input[name=name]', user);
    await page.fill('input[name=password]', password);
    await page.click('form[action="/login"] button');
    await page.waitForURL((at) => !at.pathname.startsWith('/login'));
  }
  return page;
}

async function picture(name, page) {
  await page.evaluate(() => document.fonts.ready);
  // Whatever has the focus is of the hand that took the picture.
  await page.evaluate(() => document.activeElement?.blur());
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(`docs/${name}.png`, wide <= 1, wide > 1 ? `${wide} pixels too wide` : '');
}

const operator = await visitor('ana');
await operator.goto(base + '/cases');
await operator.waitForSelector('#rows .row');
await picture('cases', operator);

await operator.goto(base + '/cases?status=in_progress&channel=sms');
await operator.click('#rows .row-link');
await operator.waitForSelector('#timeline .entry');
await picture('case', operator);

await operator.goto(base + '/cases/new');
await operator.fill('[name=pages]', '2');
await operator.fill('[name=reference]', 'II-04-17/26');
await operator.fill('[name=name]', 'Љиљана Џајић');
await operator.fill('[name=phone]', '064 555 666 7');
await operator.fill('[name=address]', 'Његошева 8');
await operator.waitForTimeout(600);
await picture('new', operator);

const officer = await visitor('petar');
await officer.goto(base + '/tasks');
await officer.waitForSelector('h1');
await picture('tasks', officer);

const administrator = await visitor('admin');
await administrator.goto(base + '/rights');
await administrator.waitForSelector('.rights-table');
await picture('rights', administrator);

// The number and the PIN are on the slip that the citizen has.
await administrator.goto(base + '/cases?status=closed&channel=sms');
const closed = await administrator.getAttribute('#rows .row-link', 'href');
await administrator.goto(base + closed + '/slip');
const [number, pin] = [await administrator.textContent('.slip-number'), await administrator.textContent('.slip-pin')];
const citizen = await visitor(null, { width: 390, height: 844 }, 2);
await citizen.goto(base + '/follow');
await citizen.fill('[name=number]', number.trim());
await citizen.fill('[name=pin]', pin.trim());
await citizen.click('form[action="/follow"] button');
await citizen.waitForSelector('.follow-story');
await picture('follow', citizen);

await browser.close();
process.exit(0);
