// Answers for his service what concerns it, and returns what does not.

export async function officer(day, { first, call, second }) {
  const { base, ask, attempt, must, logIn, newPassword, inStory, TEMPORARY, OWN } = day;
  const { page, keys } = await day.sitDown();
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
  await day.standUp();
}
