// Sets the city up: people, rights, questions, deadlines, days off, other programs, retention, a second factor.
import { createHmac } from 'node:crypto';

export async function administrator(day, user, password) {
  const { base, attempt, must, logIn, seen, TEMPORARY } = day;
  const { page, keys } = await day.sitDown();
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
  await day.standUp();
}

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
