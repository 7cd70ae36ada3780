// Takes what citizens bring: a text, a call, a paper; gives it to whom it concerns; and mends what was opened twice.
import path from 'node:path';

/** Says which cases there are now. */
export async function operator(day) {
  const { base, shots, ask, attempt, must, logIn, newPassword, seen, inStory, TEMPORARY, OWN } = day;
  const { page, keys } = await day.sitDown();
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
    await keys.follow('Сачувај измене');
    await page.waitForURL(/\/answers$/);
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

  await attempt('news do not lead back into a field that was left', async () => {
    await keys.press('n', 'Escape');
    const news = page.waitForResponse((answer) => answer.request().headers()['hx-request'] && answer.url().endsWith(`/cases/${call.id}`));
    await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
    await (await news).finished();
    await page.waitForTimeout(60);
    must(!(await page.evaluate(() => document.activeElement.matches('textarea'))), 'letters would be typed');
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
  await day.standUp();
  return { first, call, second };
}
