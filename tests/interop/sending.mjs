// Two people at browsers: one writes a campaign, the other approves it. Says {"check", "good", "detail"} for what was seen.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

const require = createRequire(path.join(process.env.ODZIV_INTEROP_CACHE, 'node_modules', 'x.js'));
const { chromium } = require('playwright-core');

const [base, password, people, sound, downloads, shots] = process.argv.slice(2);
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const check = (what, good, detail = '') => say({ check: what, good: Boolean(good), detail: String(detail) });

const browser = await chromium.launch({
  executablePath: process.env.ODZIV_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio'],
});
const errors = [];

async function person(name) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'sr', timezoneId: 'Europe/Belgrade', acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.on('console', (message) => message.type() === 'error' && !/422|409|403/.test(message.text()) && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(base + '/login');
  await page.fill('input[name=name]', name);
  await page.fill('input[name=password]', password);
  await page.click('form[action="/login"] button');
  await page.waitForURL(/\/cases/);
  return page;
}
const shot = (page, name) => shots && page.screenshot({ path: path.join(shots, `sending-${name}.png`), fullPage: true });

async function attempt(page, what, deed) {
  try {
    check(what, true, (await deed()) ?? '');
  } catch (error) {
    check(what, false, String(error).split('\n').slice(0, 4).join(' '));
    await shot(page, `failed-${what.replace(/\W+/g, '-')}`);
  }
}

const mira = await person('mira');
let campaign = '';

await attempt(mira, 'an operator begins a campaign', async () => {
  await mira.goto(base + '/campaigns');
  await shot(mira, 'empty');
  await mira.click('form[action="/campaigns"] button');
  await mira.waitForURL(/\/campaigns\/\d+/);
  campaign = new URL(mira.url()).pathname;
  await shot(mira, 'new');
});

await attempt(mira, 'faulty rows of the list are told line by line', async () => {
  await mira.fill('textarea[name=text_sr]', 'Речи које су већ написане.');
  await mira.setInputFiles(`form[action="${campaign}/lists"] input[name=file]`, people);
  await mira.click(`form[action="${campaign}/lists"] button`);
  await mira.waitForURL(/\/sources\/\d+/);
  await shot(mira, 'faults');
  const lines = await mira.locator('.list-faults tbody tr').allInnerTexts();
  const about = (line) => lines.filter((row) => row.startsWith(`${line}\t`));
  if (!about(5).length || !about(4).length || !about(7).length) throw new Error(lines.join(' | '));
  await mira.click('a.button.is-main');
  await mira.waitForURL((url) => url.pathname === campaign);
  return `${lines.length} remarks`;
});

await attempt(mira, 'what was typed before the list was added is still there', async () => {
  const kept = await mira.inputValue('textarea[name=text_sr]');
  if (kept !== 'Речи које су већ написане.') throw new Error(kept);
});

await attempt(mira, 'a recording for calls is taken, heard and taken out', async () => {
  const form = `form[action="${campaign}/recording"]`;
  await mira.selectOption('select[name=way-1]', 'voice');
  await mira.setInputFiles(`${form} input[name=file]`, people);
  await mira.click(`${form} button`);
  await mira.waitForSelector('.campaign-problems');
  const told = (await mira.locator('.campaign-problems').first().innerText()).trim();
  await shot(mira, 'recording-refused');
  await mira.setInputFiles(`${form} input[name=file]`, sound);
  await mira.click(`${form} button`);
  const audio = mira.locator('#look audio');
  await audio.waitFor();
  await shot(mira, 'recording');
  const length = await audio.evaluate((element) => new Promise((heard, failed) => {
    element.onloadedmetadata = () => heard(element.duration);
    element.onerror = () => failed(new Error('it cannot be played'));
    element.preload = 'metadata';
    element.load();
  }));
  if (Math.abs(length - 2) > 0.1) throw new Error(`${length} s`);
  await mira.click(`form[action="${campaign}/recording/remove"] button`);
  await mira.waitForFunction(() => !document.querySelector('#look audio'));
  await mira.selectOption('select[name=way-1]', 'email');
  return `${told}; ${length.toFixed(1)} s`;
});

await attempt(mira, 'the words are seen as people get them, with their costs by script', async () => {
  await mira.fill('input[name=name]', 'Прекид воде у Његошевој');
  await mira.fill('textarea[name=text_sr]', '{name|Станари}, у Његошевој улици сутра од 8 до 14 часова неће бити воде. Цистерна је на углу.');
  await mira.waitForFunction(() => document.querySelector('#look .words')?.textContent.includes('неће бити воде'));
  const said = await mira.locator('#look .words').first().innerText();
  const costs = await mira.locator('#look .costs tr').allInnerTexts();
  if (!/Ана|Петровић/.test(said) || costs.length !== 3) throw new Error(`${said} ${costs}`);
  await shot(mira, 'written');
  return costs.join(' | ').replaceAll('\t', ' ');
});

await attempt(mira, 'a mistake in the words is told and nothing is lost', async () => {
  await mira.selectOption('select[name=way-1]', '');
  await mira.fill('textarea[name=text_sr]', '{ime}, неће бити воде.');
  await mira.click('button[value=prepare]');
  await mira.waitForSelector('.campaign-problems');
  const kept = await mira.inputValue('textarea[name=text_sr]');
  if (!kept.includes('{ime}')) throw new Error(kept);
  await shot(mira, 'mistake');
  return (await mira.locator('.campaign-problems').first().innerText()).trim();
});

await attempt(mira, 'it is prepared', async () => {
  await mira.fill('textarea[name=text_sr]', '{name|Станари}, у Његошевој улици сутра од 8 до 14 часова неће бити воде.');
  await mira.selectOption('select[name=way-1]', 'visit');
  await mira.fill('input[name=from]', '00:00');
  await mira.fill('input[name=to]', '00:00');
  await mira.check('input[name=script][value=plain_latin]');
  await mira.click('button[value=prepare]');
  await mira.waitForFunction(() => document.querySelector('.campaign-state')?.classList.contains('is-prepared') || location.reload(), undefined, { polling: 1000 });
  await shot(mira, 'prepared');
  if (await mira.locator(`form[action="${campaign}/approve"]`).count()) throw new Error('its author may approve it');
  return (await mira.locator('.state-lines').allInnerTexts()).join(' | ').replaceAll('\n', ' ');
});

const nada = await person('nada');
await attempt(nada, 'somebody else approves it', async () => {
  await nada.goto(base + campaign);
  await nada.click(`form[action="${campaign}/approve"] button`);
  await nada.waitForSelector('.campaign-state.is-approved');
});

await attempt(mira, 'it is started, and its progress is seen without reload', async () => {
  await mira.goto(base + campaign);
  await mira.click(`form[action="${campaign}/start"] button`);
  await mira.waitForSelector('#progress');
  await shot(mira, 'running');
  await mira.waitForFunction(() => document.querySelector('#progress .dot.is-reached'), undefined, { timeout: 20000 });
  await mira.waitForFunction(() => document.querySelector('#progress')?.dataset.state === 'finished', undefined, { timeout: 30000 });
  return (await mira.locator('#progress .state-lines').innerText()).replaceAll('\n', ' ');
});

await attempt(mira, 'people write down whom they told', async () => {
  await mira.goto(`${base}${campaign}/recipients?state=by_hand`);
  await shot(mira, 'by-hand');
  await mira.locator('.by-hand button[value=told]').first().click();
  await mira.waitForURL(/recipients/);
  await mira.goto(`${base}${campaign}/recipients`);
  await shot(mira, 'recipients');
  return (await mira.locator('.recipients tbody tr').count()) + ' rows';
});

await attempt(nada, 'the proof is taken as PDF and as CSV', async () => {
  await nada.goto(base + campaign);
  await shot(nada, 'finished');
  for (const [kind, link] of [['csv', `a[href$="format=csv"]`], ['pdf', `a[href$="report.pdf"]`]]) {
    const answer = await nada.context().request.get(base + (await nada.getAttribute(link, 'href')));
    if (!answer.ok()) throw new Error(`${kind}: ${answer.status()}`);
    writeFileSync(path.join(downloads, `proof.${kind}`), await answer.body());
  }
});

check('no error in the console', errors.length === 0, errors.slice(0, 3).join(' | '));
await browser.close();
process.exit(0);
