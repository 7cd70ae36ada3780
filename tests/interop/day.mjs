// An administrator sets a city up, an operator takes what citizens bring, an officer answers: with the keyboard alone.
// Says {"step", …} when something shall happen or is asked of the outside, and {"check", "good", "detail"} for what was seen.
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';
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

const TEMPORARY = 'prva-lozinka-91';
const OWN = 'jesenje-lišće-73';
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
    addEventListener('pointerdown', () => { window.pointed = true }, true);
  });
  keys = await Keyboard.of(page);
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

/** RFC 6238, six digits. */
function code(secret, at = Date.now()) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/[^A-Z2-7]/g, '')].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const place = hash[19] & 15;
  return String((hash.readUInt32BE(place) & 0x7fffffff) % 1e6).padStart(6, '0');
}

// The administrator.

await sitDown();
await attempt('the administrator logs in', async () => {
  await logIn(user, password);
  await page.waitForURL(/\/cases/);
});

await attempt('the first step of Tab leads past the header', async () => {
  await page.goto(base + '/cases');
  await keys.press('Tab');
  must((await keys.focused()).name === 'Пређи на садржај', 'the first place is not the way past the header');
  await keys.press('Enter', 'Tab');
  must(await page.evaluate(() => document.querySelector('main').contains(document.activeElement)), 'the focus is not in the page');
});

await attempt('the shortcuts are shown by “?”, and Escape goes back to where one was', async () => {
  const before = await keys.focused();
  await keys.press('?');
  await page.waitForSelector('#help[open]');
  await keys.press('Escape');
  must((await keys.focused()).name === before.name, `the focus is on ${(await keys.focused()).name}, not on ${before.name}`);
});

for (const [name, login, role, service] of [['Мира Јовић', 'mira', 'Оператер', 'цела општина'], ['Петар Водић', 'petar', 'Службеник', 'ЈКП Водовод']]) {
  await attempt(`a user is added: ${login}`, async () => {
    await keys.place('Корисници');
    await keys.skip();
    await keys.fill('Име и презиме', name);
    await keys.fill(/^Корисничко име/, login);
    await keys.choose('Улога', role);
    await keys.choose('Служба', service);
    await keys.fill('Лозинка', TEMPORARY);
    await keys.follow('Додај корисника');
    await seen(name);
  });
}

await attempt('cells of the matrix of rights are changed', async () => {
  await keys.place('Права');
  await keys.skip();
  await keys.fill('Пронађи право', 'спајање предмета');
  await keys.choose('Оператер: Спајање предмета', 'Сви предмети', { most: 12 });
  await keys.fill('Пронађи право', 'више предмета', { most: 12, back: true });
  await keys.choose('Оператер: Измена више предмета одједном', 'Да', { most: 12 });
  await keys.follow(null, {}, 'Control+Enter');
  const kept = await page.$eval('select[aria-label="Оператер: Спајање предмета"]', (cell) => cell.selectedOptions[0].textContent);
  must(kept === 'Сви предмети', `the cell shows ${kept}`);
});

await attempt('“why may somebody not?” says why', async () => {
  await keys.skip();
  await keys.follow('Зашто неко нешто не сме?');
  await keys.choose('Особа', 'Мира');
  await keys.choose('Право', 'Корисници и њихови телефони');
  await keys.follow('Провери');
  await seen('не сме');
  return (await page.textContent('.why-answers li p')).trim();
});

await attempt('a category asks a question that must be answered', async () => {
  await keys.place('Шифарници');
  await keys.skip();
  await keys.follow('Категорије');
  await keys.skip();
  await keys.follow(/^Водовод и канализација/);
  await keys.skip();
  await keys.follow('Додај питање');
  await keys.skip();
  await keys.fill('Назив на српском', 'Колико дуго нема воде');
  await keys.choose(/^Врста одговора/, 'текст');
  await keys.to('Одговор је обавезан');
  await keys.press('Space');
  await keys.follow('Сачувај');
  await seen('Колико дуго нема воде');
});

await attempt('a deadline is defined', async () => {
  await keys.place('Рокови');
  await keys.skip();
  await keys.follow('Нови рок');
  await keys.skip();
  await keys.fill(/^Ознака/, 'voda-5');
  await keys.fill('Назив, ћирилицом', 'Квар на водоводу, пет дана');
  await keys.fill('Назив, на енглеском', 'Water failure, five days');
  await keys.fill(/^Основ/, 'Одлука о водоводу, чл. 12');
  await keys.fill('Колико', '5');
  await keys.follow('Сачувај рок', { most: 60 });
  await page.goto(base + '/deadlines');
  await seen('Квар на водоводу, пет дана');
});

await attempt('a day off is added to the calendar', async () => {
  await keys.place('Радни календар');
  await keys.skip();
  await keys.date('Датум', ['2027', '10', '18']);
  await keys.fill('Повод', 'Слава општине');
  await keys.follow('Додај дан', { role: 'button' });
  await seen('Слава општине');
});

await attempt('a webhook is added', async () => {
  await keys.place('Вебхукови');
  await keys.skip();
  await keys.fill('Адреса', 'https://gis.example.org/odziv');
  await keys.to(/^предмет је отворен/);
  await keys.press('Space');
  await keys.follow('Додај вебхук');
  await seen('gis.example.org');
});

await attempt('a token is made and shown once', async () => {
  await keys.place('Кључеви за програме');
  await keys.skip();
  await keys.fill('Назив', 'Градски ГИС');
  await keys.follow('Додај кључ');
  must((await page.textContent('.token-secret code')).length > 20, 'no token is shown');
});

await attempt('the audit is searched', async () => {
  await keys.place('Дневник радњи');
  await keys.skip();
  await keys.choose('Радња', 'Додат кључ');
  await keys.follow('Прикажи');
  const rows = await page.$$eval('.audit-table tbody tr', (all) => all.length);
  must(rows === 1, `${rows} rows`);
});

await attempt('a rule of retention is added', async () => {
  await keys.place('Рокови чувања');
  await keys.skip();
  await keys.choose('Категорија', 'Отпад');
  await keys.fill('Подаци о грађанима (дана)', '1825');
  await keys.fill('Снимци (дана)', '90');
  await keys.fill('Закон налаже чување (дана)', '730');
  await keys.fill('Правни основ', 'Листа категорија архивске грађе');
  await keys.follow('Додај правило за категорију');
  must((await page.$$('.retention-rule')).length === 3, 'the rule is not there');
});

await attempt('a second factor is set up', async () => {
  await keys.press('Escape');
  await page.goto(base + '/me');
  await keys.skip();
  await keys.follow('Подеси');
  const secret = await page.textContent('.second-factor-key');
  await keys.to('Код који апликација сада показује');
  await keys.type(code(secret));
  await keys.follow(null);
  must((await page.$$('.recovery-codes li')).length >= 8, 'no codes for a lost telephone');
});

await attempt('the administrator logs out by the menu of the account', async () => {
  await page.goto(base + '/cases');
  await keys.to(/^sef/, { most: 20 });
  await keys.press('Enter');
  await keys.to('Одјави се', { most: 6 });
  await keys.follow(null);
  await page.waitForURL(/\/login/);
});
await standUp();

// The operator.

await sitDown();
await attempt('the operator logs in and chooses a password of her own', async () => {
  await logIn('mira', TEMPORARY);
  await newPassword(TEMPORARY, OWN);
  await page.goto(base + '/cases');
  await page.waitForSelector('#list');
});

const first = await ask('text', { who: 'first', words: 'Нема воде у улици Светог Саве 12 од јутрос.' });
await attempt('the case of a text appears, and the keys go to it', async () => {
  await page.waitForSelector(`#rows .row[data-id="${first.id}"]`);
  await keys.press('j');
  must((await keys.focused()).name.includes(first.number), 'the focus is not on the case');
});
const call = await ask('call');
await attempt('the case of a caller arrives and the focus stays where it was', async () => {
  await page.waitForSelector(`#rows .row[data-id="${call.id}"]`);
  must((await keys.focused()).name.includes(first.number), `the focus went to ${(await keys.focused()).name}`);
  await keys.press('k');
  await keys.follow();
  await page.waitForURL(new RegExp(`/cases/${call.id}$`));
});

await attempt('she takes it', async () => {
  await keys.skip();
  await keys.to('Додели мени', { most: 60 });
  await keys.press('Enter');
  await page.waitForFunction(() => document.querySelector('#facts select[name=assignee]').selectedOptions[0].textContent.includes('Мира'));
  await keys.stays('taking a case');
});

await attempt('she changes the category, and the question of the new one is asked', async () => {
  await keys.choose('Категорија', 'Водовод и канализација', { most: 90 });
  await keys.to('Сачувај измене');
  await keys.press('Enter');
  await page.waitForFunction(() => document.querySelector('#head h1').textContent.includes('Водовод'));
  await keys.stays('changing the category');
  await keys.follow('Унесите податке', { most: 90 });
  await keys.skip();
  await keys.fill('Колико дуго нема воде', 'Од јутрос у шест');
  await keys.follow('Сачувај');
  await page.waitForURL(new RegExp(`/cases/${call.id}`));
  await seen('Од јутрос у шест');
});

await attempt('she writes a note', async () => {
  await keys.press('n');
  await keys.type('Позвала сам диспечера, екипа креће.');
  await keys.press('Control+Enter');
  await inStory('екипа креће');
  await keys.stays('a note');
});

await attempt('she answers by SMS, and it arrives', async () => {
  await keys.press('Escape', 'r');
  await keys.type('Екипа долази до 14 часова.');
  await keys.press('Control+Enter');
  await inStory('Екипа долази до 14 часова');
  await keys.stays('a reply');
  const { found, words } = await ask('sent', { to: '+381639876543', words: '14' });
  must(found, `the network has ${JSON.stringify(words)}`);
});

await attempt('she forwards it with a note', async () => {
  await keys.press('Escape', 'f');
  await page.waitForSelector('#dialog-forward[open]');
  await keys.choose('Служба или установа', 'ЈКП Водовод', { most: 5 });
  await keys.fill(/^Напомена за колеге/, 'Хитно, цела улица.');
  await keys.to('Проследи', { most: 4 });
  await keys.press('Enter');
  await page.waitForSelector('#head .chip.is-forwarded');
  await inStory('Хитно, цела улица');
  await keys.stays('forwarding');
});

await attempt('Escape closes a sheet and leads back to its button', async () => {
  await keys.press('Escape', 'f');
  await page.waitForSelector('#dialog-forward[open]');
  await keys.press('Escape');
  must((await keys.focused()).name === 'Проследи', `the focus is on “${(await keys.focused()).name}”`);
});

let paper = '';
await attempt('a paper is registered at the counter, with its scan', async () => {
  await keys.press('u');
  await page.waitForURL(/\/cases(\?|$)/);
  await keys.skip();
  await keys.follow('Нови предмет');
  await keys.skip();
  await keys.fill('Број страна', '1');
  await keys.fill('Име и презиме', 'Љиљана Џајић');
  await keys.fill('Телефон', '064 555 666 7');
  await keys.choose('Категорија', 'Путеви');
  await keys.fill('Место проблема', 'Његошева 8');
  await keys.fill('Речима грађанина', 'Рупа на коловозу испред улаза у зграду.');
  await keys.to(/^Додајте прилоге/);
  await keys.press('Enter');
  await page.waitForSelector('.staged input[name=upload]', { state: 'attached' });
  await keys.follow('Заведи', { most: 30 });
  await page.waitForSelector('.slip-number');
  paper = (await page.textContent('.slip-number')).trim();
  return paper;
});

await attempt('the slip is printed', async () => {
  await keys.skip();
  await keys.to('Штампај');
  await keys.press('Enter');
  must((await page.evaluate(() => window.printed)) === 1, `printed ${await page.evaluate(() => window.printed)} times`);
  await page.emulateMedia({ media: 'print' });
  must(!(await page.isVisible('.top')), 'the header is printed');
  must(await page.isVisible('.slip-qr, .slip-hint'), 'the way to follow the case is not printed');
  if (shots) await page.screenshot({ path: path.join(shots, 'slip.png') });
  await page.emulateMedia({ media: 'screen' });
});

await attempt('a citizen is found by a number in another notation', async () => {
  await keys.press('Escape', '/');
  await keys.type('+381 64/555-66-67');
  await keys.follow(null);
  await keys.press('j');
  must((await keys.focused()).name.includes('Љиљана'), `the first place is ${(await keys.focused()).name}`);
  await keys.follow(null);
  await seen(paper);
});

const second = await ask('text', { who: 'second', words: 'У Светог Саве опет нема воде, шта се дешава?' });
await attempt('two cases of one matter are merged', async () => {
  await page.goto(`${base}/cases/${first.id}`);
  await keys.skip();
  await keys.to('Споји', { most: 120 });
  await keys.press('Enter');
  await page.waitForSelector('#dialog-merge[open]');
  await keys.fill('Број другог предмета', second.number);
  await keys.to('Споји', { most: 4 });
  await keys.press('Enter');
  await page.waitForSelector(`#together a[href="/cases/${second.id}"]`);
  await keys.stays('merging');
});

await attempt('and the merge is undone', async () => {
  await keys.to('Раздвоји', { most: 120 });
  await keys.press('Enter');
  await page.waitForSelector(`#together a[href="/cases/${second.id}"]`, { state: 'detached' });
  await keys.stays('undoing a merge');
  must((await ask('case', { id: second.id })).status === 'new', 'the other case is not as it was');
});

await attempt('two cases are forwarded at once, after a look at what will happen', async () => {
  await page.goto(base + '/cases?status=new');
  await keys.press('j', 'x', 'j', 'j', 'x');
  await page.waitForSelector('#bulk:not([hidden])');
  await keys.follow('Промени…', { most: 60 });
  await keys.skip();
  await keys.choose('Шта да се уради', 'проследи');
  await keys.choose('Служба или установа', 'ЈКП Водовод');
  await keys.follow('Прегледај шта ће се десити');
  await keys.skip();
  await keys.to(/^(Промени|Примени|Изврши|Измени)/, { most: 30, role: 'button' });
  await keys.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('.is-bulk-done').length === 2);
});
await standUp();

// The officer.

await sitDown();
await attempt('the officer logs in and has the cases of his service', async () => {
  await logIn('petar', TEMPORARY);
  await newPassword(TEMPORARY, OWN);
  await page.goto(base + '/cases');
  const ids = await page.$$eval('#rows .row', (rows) => rows.map((row) => Number(row.dataset.id)).sort((a, b) => a - b));
  must(JSON.stringify(ids) === JSON.stringify([first.id, call.id, second.id].sort((a, b) => a - b)), `he sees ${ids}`);
});

await attempt('what waits for him is one step away', async () => {
  await keys.follow(/^Чека на мене/, { most: 15 });
  await page.waitForSelector('h1 >> text=Чека на мене');
});

await attempt('the deadline of the case explains itself', async () => {
  await page.goto(`${base}/cases/${first.id}`);
  await keys.skip();
  await keys.to('Зашто тада?', { most: 60 });
  await keys.press('Enter');
  await page.waitForSelector('#deadlines .why[open] ol li');
  return (await page.textContent('#deadlines .why[open] ol')).trim().replace(/\s+/g, ' ').slice(0, 160);
});

await attempt('the deadline is paused with a reason, and runs again', async () => {
  await keys.to('Заустави рок', { most: 3 });
  await keys.press('Enter');
  await keys.to('Због чега', { most: 3 });
  await keys.press('ArrowDown');
  await keys.fill(/^Образложење/, 'Чека се налаз лабораторије.');
  await keys.to('Заустави рок', { most: 3, role: 'button' });
  await keys.press('Enter');
  await page.waitForSelector('#deadlines .due.is-paused');
  await keys.stays('pausing a deadline');
  await keys.to('Рок поново тече', { most: 8 });
  await keys.press('Enter');
  await page.waitForSelector('#deadlines .due.is-paused', { state: 'detached' });
  await keys.stays('letting a deadline run');
});

await attempt('he takes a case up and answers with an outcome', async () => {
  await page.goto(`${base}/cases/${call.id}`);
  await keys.press('t');
  await page.waitForSelector('#head .chip.is-in_progress');
  await keys.press('a');
  await keys.type('Квар је отклоњен, вода је пуштена у 13 часова.');
  await keys.choose('Исход', 'решено', { most: 3, back: true });
  await keys.to('Одговор грађанину', { most: 3 });
  await keys.press('Control+Enter');
  await inStory('Квар је отклоњен');
  await keys.stays('answering');
  const { found, words } = await ask('sent', { to: '+381639876543', words: '13' });
  must(found, `the network has ${JSON.stringify(words)}`);
});

await attempt('the citizen is told, and the case closes', async () => {
  await page.waitForSelector('#acts .told.is-told-told');
  if (!(await page.$('#head .chip.is-closed'))) {
    await keys.to('Затвори', { most: 90, role: 'button' });
    await keys.press('Enter');
  }
  await page.waitForSelector('#head .chip.is-closed');
});

await attempt('another one he returns with a reason', async () => {
  await page.goto(`${base}/cases/${second.id}`);
  await keys.skip();
  await keys.to('Врати пошиљаоцу', { most: 12 });
  await keys.press('Enter');
  await page.waitForSelector('#dialog-return[open]');
  await keys.fill('Разлог', 'Није наша мрежа, надлежна је стамбена заједница.');
  await keys.to('Врати пошиљаоцу', { most: 4 });
  await keys.press('Enter');
  // It is no longer his to read: he goes on with his list.
  await page.waitForURL(/\/cases$/);
  await page.waitForSelector('#list');
  must(!(await page.$(`#rows .row[data-id="${second.id}"]`)), 'the case is still on his list');
});
await standUp();

check('the focus was to be seen at every step', unseen.size === 0, `${unseen.size}: ${[...unseen].slice(0, 6).join(' | ')}`);
check('the focus was never lost after a deed', lost.length === 0, lost.join(', '));
check('no errors in scripts', errors.length === 0, errors.slice(0, 3).join(' | '));
await browser.close();
process.exit(0);
