// A supervisor builds a survey and has people called; an operator asks them by keyboard. Says {"check", "good", "detail"} for what was seen and
// {"step"} for what is to happen outside.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';

const require = createRequire(path.join(process.env.ODZIV_INTEROP_CACHE, 'node_modules', 'x.js'));
const { chromium } = require('playwright-core');

const [base, password, people, shots] = process.argv.slice(2);
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const check = (what, good, detail = '') => say({ check: what, good: Boolean(good), detail: String(detail) });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const ask = async (step) => {
  say({ step });
  return JSON.parse((await lines.next()).value);
};

const browser = await chromium.launch({
  executablePath: process.env.ODZIV_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio'],
});
const errors = [];

async function person(name) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'sr', timezoneId: 'Europe/Belgrade' });
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
const shot = (page, name) => shots && page.screenshot({ path: path.join(shots, `asking-${name}.png`), fullPage: true });

async function attempt(page, what, deed) {
  try {
    check(what, true, (await deed()) ?? '');
  } catch (error) {
    check(what, false, String(error).split('\n').slice(0, 4).join(' '));
    await shot(page, `failed-${what.replace(/\W+/g, '-')}`);
  }
}
const send = async (page, button) => {
  await Promise.all([page.waitForEvent('load'), page.click(button)]);
};

const nada = await person('nada');
const mira = await person('mira');
let survey = '';
let results = '';
let campaign = '';

await attempt(nada, 'a supervisor begins a survey', async () => {
  await nada.goto(base + '/surveys');
  await shot(nada, 'surveys-empty');
  await nada.click('form[action="/surveys"] button');
  await nada.waitForURL(/\/surveys\/\d+/);
  survey = new URL(nada.url()).pathname;
  await nada.fill('input[name=name]', 'Задовољство превозом');
  await nada.uncheck('input[name=language][value=en]');
  await nada.fill('[name="title.sr"]', 'Градски превоз');
  await nada.fill('[name="greeting.sr"]', 'Добар дан, зовемо из градске управе ради кратке анкете о превозу.');
  await nada.fill('[name="thanks.sr"]', 'Хвала вам, пријатно.');
});

async function question(at, kind, words) {
  if (!(await nada.$(`#q${at}`))) await send(nada, 'form#survey-form button[value=add]');
  await nada.fill(`[name="q${at}.text.sr"]`, words);
  await nada.selectOption(`[name="q${at}.kind"]`, kind);
  await send(nada, `#q${at} button[value="save:${at}"]`);
}

await attempt(nada, 'with a question of which one is chosen, a scale and a number', async () => {
  await question(0, 'single', 'Чиме најчешће путујете на посао?');
  for (const [n, words] of ['Аутобусом', 'Колима', 'Пешке'].entries()) {
    if (!(await nada.$(`[name="q0.o${n}.text.sr"]`))) await send(nada, '#q0 button[value="option:0"]');
    await nada.fill(`[name="q0.o${n}.code"]`, String(n + 1));
    await nada.fill(`[name="q0.o${n}.text.sr"]`, words);
  }
  await send(nada, '#q0 button[value="save:0"]');
  await question(1, 'scale', 'Колико сте задовољни градским превозом?');
  await question(2, 'number', 'Колико минута путујете?');
  await shot(nada, 'editor');
});

await attempt(nada, 'and publishes it', async () => {
  await nada.click('form#survey-form button[value=publish]');
  await nada.waitForURL(/\/versions\/\d+/);
  results = new URL(nada.url()).pathname + '/results';
  await shot(nada, 'published');
});

await attempt(nada, 'a campaign that calls people with it is made', async () => {
  await nada.goto(base + '/dialer');
  await shot(nada, 'campaigns-empty');
  await nada.click('a[href="/dialer/new"]');
  await nada.waitForURL(/\/dialer\/new/);
  await nada.fill('input[name=name]', 'Превоз, новембар');
  await nada.selectOption('select[name=survey]', { index: 1 });
  await nada.check('input[name=mode][value=progressive]');
  for (const day of ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']) await nada.fill(`[name="hours-${day}"]`, 'од девет');
  await nada.uncheck('input[name=holidays]');
  await nada.fill('input[name=wrap_up]', '1');
  await shot(nada, 'campaign-new');
  await nada.click('form[action="/dialer"] .button.is-main');
  await nada.waitForSelector('.notice.is-bad');
});

await attempt(nada, 'hours that are none are told, and what was typed stays', async () => {
  await shot(nada, 'campaign-refused');
  if ((await nada.inputValue('input[name=name]')) !== 'Превоз, новембар') throw new Error('the name is gone');
  for (const day of ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']) await nada.fill(`[name="hours-${day}"]`, '00:00-24:00');
  await nada.selectOption('select[name=survey]', { index: 1 });
  await nada.uncheck('input[name=holidays]');
  await nada.fill('input[name=wrap_up]', '1');
  await nada.click('form[action="/dialer"] .button.is-main');
  await nada.waitForURL(/\/dialer\/\d+/);
  campaign = new URL(nada.url()).pathname;
});

await attempt(nada, 'a list is added, and its faulty row told', async () => {
  await nada.setInputFiles(`form[action="${campaign}/lists"] input[name=file]`, people);
  await nada.click(`form[action="${campaign}/lists"] button`);
  await nada.waitForSelector('.list-faults tbody tr');
  const rows = await nada.$$eval('.list-faults tbody tr', (all) => all.length);
  await shot(nada, 'added');
  if (rows !== 1) throw new Error(`${rows} faulty rows`);
  await nada.click('.campaign-do a.is-main');
  await nada.waitForURL(new RegExp(campaign));
});

await attempt(nada, 'what it would be like is said before it is started', async () => {
  await nada.waitForSelector('#foreseen .dial-figures', { timeout: 40000 });
  await nada.fill('#foreseen input[name=operators]', '12');
  await nada.click('#foreseen button');
  await nada.waitForFunction(() => document.querySelector('#foreseen input[name=operators]')?.value === '12' && !document.querySelector('.htmx-request'), null, { timeout: 40000 });
  await shot(nada, 'foreseen');
  const said = await nada.$$eval('#foreseen dd', (all) => all.map((one) => one.textContent));
  if (said.length !== 3 || said.some((one) => !/\d/.test(one))) throw new Error(said.join('; '));
  return said.join('; ');
});

await attempt(mira, 'an operator joins the line, and their phone rings once', async () => {
  await mira.goto(base + '/dialer/desk');
  await mira.waitForSelector('#desk-join');
  await shot(mira, 'desk-away');
  await mira.keyboard.press('Enter');
  const phone = await ask('answer');
  if (!phone.rang || !phone.up) throw new Error(JSON.stringify(phone));
  await mira.waitForSelector('[data-desk=waits]');
  await shot(mira, 'desk-waits');
});

await attempt(nada, 'the supervisor starts it', async () => {
  await nada.click(`form[action="${campaign}/start"] button`);
  await nada.waitForSelector('#progress');
});

for (const [n, keys] of [['1', '4', '35'], ['2', '2', '20'], ['1', '5', '50']].entries()) {
  await attempt(mira, `interview ${n + 1}: the survey opens by itself within two seconds of the answer`, async () => {
    await mira.waitForURL(/\/interviews\/\d+/, { timeout: 30000 });
    const here = Date.now();
    await mira.waitForSelector('form[data-ask]');
    const { at } = await ask('answered');
    const late = here - at;
    await shot(mira, `interview-${n + 1}`);
    if (late > 2000) throw new Error(`${late} ms`);
    return `${Math.round(late)} ms`;
  });
  await attempt(mira, `interview ${n + 1}: is conducted by keyboard alone`, async () => {
    for (const [q, key] of keys.entries()) {
      await mira.waitForFunction((q) => document.querySelector('form[data-ask] [name=question]') && document.querySelectorAll('.interview-answers dl > div').length === q, q);
      await Promise.all([mira.waitForEvent('load'), (async () => { await mira.keyboard.type(key); await mira.keyboard.press('Enter'); })()]);
    }
    await mira.waitForSelector('form[action$="/close"]');
    await shot(mira, `interview-${n + 1}-end`);
    await Promise.all([mira.waitForEvent('load'), mira.keyboard.press('Enter')]);
    await mira.waitForSelector('#desk-hang-up');
    await shot(mira, `interview-${n + 1}-over`);
    await mira.keyboard.press('Enter');
    await mira.waitForURL(/\/dialer\/desk/);
    await shot(mira, `desk-after-${n + 1}`);
  });
  await attempt(nada, `interview ${n + 1}: the supervisor sees the results grow`, async () => {
    await nada.goto(base + results);
    const count = await nada.$$eval('.answer-bars', (all) => [...(all[0]?.querySelectorAll('.bar-count') ?? [])].reduce((sum, one) => sum + Number(one.textContent.trim() || 0), 0));
    if (count !== n + 1) throw new Error(`${count} answers`);
    await shot(nada, `results-${n + 1}`);
  });
}

await attempt(nada, 'the campaign ends by itself, and its figures agree', async () => {
  await nada.goto(base + campaign);
  await nada.waitForFunction(() => document.querySelector('.campaign-state.is-finished') || (document.querySelector('#progress[data-state=finished]') !== null), null, { timeout: 15000 });
  await nada.reload();
  await shot(nada, 'finished');
  const said = await nada.textContent('#progress');
  if (!said.includes('3')) throw new Error(said);
  await nada.goto(base + campaign + '/contacts');
  await shot(nada, 'contacts');
  const rows = await nada.$$eval('.recipients tbody tr', (all) => all.length);
  if (rows !== 3) throw new Error(`${rows} contacts`);
});

await attempt(mira, 'the operator leaves the line', async () => {
  await mira.goto(base + '/dialer/desk');
  await mira.waitForSelector('#desk-leave');
  await mira.click('#desk-leave');
  await mira.waitForSelector('[data-desk=away]');
});

await attempt(nada, 'a narrow screen has it all', async () => {
  await nada.setViewportSize({ width: 390, height: 800 });
  for (const place of ['/dialer', '/dialer/new', campaign, campaign + '/contacts', results]) {
    await nada.goto(base + place);
    const wide = await nada.evaluate(() => document.documentElement.scrollWidth > window.innerWidth + 1);
    await shot(nada, `narrow${place.replace(/\W+/g, '-')}`);
    if (wide) throw new Error(`${place} is wider than the screen`);
  }
});

check('no errors in the console', errors.length === 0, errors.slice(0, 3).join(' | '));
await browser.close();
process.exit(0);
