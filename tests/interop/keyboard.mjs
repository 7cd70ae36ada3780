// Hands on a keyboard, and nothing else: Tab, arrows, Enter, Space, Escape and what is typed. A place is reached by the name that
// assistive technology says, within so many steps; the focus must be seen at every one of them.

const MOST = 45;

export class Keyboard {
  constructor(page, tools) {
    Object.assign(this, { page, tools });
    /** Where the focus was not to be seen, and where it was lost after a deed. */
    this.unseen = new Set();
    this.lost = [];
  }

  static async of(page) {
    return new Keyboard(page, await page.context().newCDPSession(page));
  }

  /** Name and role of what has the focus, as assistive technology says them. */
  async focused() {
    const { result } = await this.tools.send('Runtime.evaluate', { expression: 'document.activeElement' });
    if (!result.objectId) return { name: '', role: '' };
    const { nodes } = await this.tools.send('Accessibility.getPartialAXTree', { objectId: result.objectId, fetchRelatives: false });
    return { name: nodes[0]?.name?.value?.trim() ?? '', role: nodes[0]?.role?.value ?? '' };
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  type(words) {
    return this.page.keyboard.type(words);
  }

  /** Goes on from where the focus is until it is on `name`; fails with the way that it took. */
  async to(name, { most = MOST, back = false, role } = {}) {
    const wanted = (at) => (name instanceof RegExp ? name.test(at.name) : at.name === name) && (!role || at.role === role);
    const way = [];
    for (let steps = 0; steps <= most; steps += 1) {
      const at = await this.focused();
      if (wanted(at)) return at;
      way.push(at.name.slice(0, 24) || at.role);
      await this.press(back ? 'Shift+Tab' : 'Tab');
      await this.look();
    }
    throw new Error(`“${name}” is not reached in ${most} steps from ${await this.page.title()}: ${way.join(' > ')}`);
  }

  /** Into a field, instead of what stands there. */
  async fill(name, words, how) {
    await this.to(name, how);
    await this.press('Control+A');
    await this.type(words);
  }

  /** In a list that unfolds, by the arrows. */
  async choose(name, option, how) {
    await this.to(name, { ...how });
    const steps = await this.page.evaluate((wanted) => {
      const list = document.activeElement;
      const at = [...list.options].findIndex((o) => o.textContent.trim().includes(wanted));
      return at < 0 ? null : at - list.selectedIndex;
    }, option);
    if (steps === null) throw new Error(`“${name}” does not offer “${option}”`);
    for (let n = 0; n < Math.abs(steps); n += 1) await this.press(steps > 0 ? 'ArrowDown' : 'ArrowUp');
    const chosen = await this.page.evaluate(() => document.activeElement.selectedOptions[0].textContent);
    if (!chosen.includes(option)) throw new Error(`“${name}” shows “${chosen}” instead of “${option}”`);
  }

  /** A day, in the order in which the browser asks for it. */
  async date(name, [year, month, day], how) {
    await this.to(name, how);
    const wanted = `${year}-${month}-${day}`;
    for (const typed of [month + day + year, day + month + year]) {
      await this.type(typed);
      if ((await this.page.evaluate(() => document.activeElement.value)) === wanted) return;
      await this.press('Backspace', 'Shift+Tab', 'Tab');
    }
    throw new Error(`“${name}” does not take ${wanted}`);
  }

  /** Presses what leads to another page and waits for that page. */
  async follow(name, how, key = 'Enter') {
    if (name) await this.to(name, how);
    await Promise.all([this.page.waitForEvent('load'), this.press(key)]);
  }

  /** By the menu of the page, from anywhere. */
  async place(name) {
    await this.press('Escape', 'm');
    for (let steps = 0; steps < 25; steps += 1) {
      if ((await this.focused()).name === name) return this.follow();
      await this.press('ArrowDown');
      await this.look();
    }
    throw new Error(`the menu does not lead to “${name}”`);
  }

  /** Past the header. */
  async skip() {
    await this.press('Tab', 'Enter');
  }

  /** After something was done the reader is still somewhere. */
  async stays(after) {
    await this.page.waitForTimeout(60);
    if (await this.page.evaluate(() => document.activeElement === document.body)) this.lost.push(after);
  }

  /** Is the focus seen? A ring on what has it, on what stands for it, or on its label, within the window. */
  async look() {
    const problem = await this.page.evaluate(() => {
      const here = document.activeElement;
      if (!here || here === document.body || here.id === 'main') return '';
      const ring = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
      const standIns = [here, here.nextElementSibling, here.closest('label')].filter(Boolean);
      const seen = standIns.some((each) => ring(getComputedStyle(each)) || ring(getComputedStyle(each, '::after')));
      const shape = (here.closest('label') ?? here).getBoundingClientRect();
      const inside = shape.bottom > 0 && shape.top < innerHeight && shape.right > 0 && shape.left < innerWidth;
      return seen && inside ? '' : `${here.outerHTML.slice(0, 90)}${seen ? ' out of sight' : ''}`;
    });
    if (problem) this.unseen.add(`${new URL(this.page.url()).pathname}: ${problem}`);
  }
}
