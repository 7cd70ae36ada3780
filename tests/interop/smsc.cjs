// An SMSC on the `smpp` package of npm, which shares no code with Odziv. Driven by lines of JSON:
// in   {"deliver": {"id", "from", "to", "coding", "parts": [{"udh": hex?, "body": hex}]}}   once, again until acknowledged
//      {"receipts": true}     whether delivery reports are sent
//      {"undeliverable": to}  texts to this number are reported as undeliverable from now on
//      {"drop": true}         cuts the link
//      {"swallow": to}        the next text to this number is taken, and the link is cut instead of the answer; its receipt comes later
//      {"silent": to}         no receipts for this number; query_sm says that it was delivered
//      {"per_second": n}      more submits in one second are answered by ESME_RTHROTTLED
// out  {"event": "listening" | "bound" | "unbound" | "submit" | "acknowledged" | "refused", ...}
// A text that is not acknowledged (no answer, link lost) is delivered again, as a real SMSC does.
'use strict';
const smpp = require('smpp');

const RESPONSE_TIMEOUT_MS = 3000;
const REDELIVER_MS = 300;
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const waiting = [];
let session = null;
let submits = 0;
let receipts = true;
let perSecond = Infinity;
let second = [0, 0];
const undeliverable = new Set();
const swallow = new Set();
const silent = new Set();
const ends = new Map();

const server = smpp.createServer({ rejectUnauthorized: false }, (incoming) => {
  incoming.on('error', () => {});
  incoming.on('bind_transceiver', (pdu) => {
    if (pdu.system_id !== 'odziv' || pdu.password !== 'trial') {
      incoming.send(pdu.response({ command_status: smpp.ESME_RBINDFAIL }));
      return incoming.close();
    }
    incoming.send(pdu.response({ system_id: 'trial' }));
    session = incoming;
    say({ event: 'bound' });
    pump();
  });
  incoming.on('enquire_link', (pdu) => incoming.send(pdu.response()));
  incoming.on('unbind', (pdu) => { incoming.send(pdu.response()); incoming.close(); });
  incoming.on('submit_sm', (pdu) => submitted(incoming, pdu));
  incoming.on('query_sm', (pdu) => {
    const state = ends.get(pdu.message_id);
    say({ event: 'query', id: pdu.message_id });
    if (state === undefined) return incoming.send(pdu.response({ command_status: smpp.ESME_RQUERYFAIL }));
    incoming.send(pdu.response({ message_id: pdu.message_id, final_date: '', message_state: state, error_code: 0 }));
  });
  incoming.on('close', () => {
    if (session === incoming) { session = null; say({ event: 'unbound' }); }
    for (const part of waiting) if (part.on === incoming) part.on = null;
  });
});

function submitted(link, pdu) {
  const now = Math.floor(Date.now() / 1000);
  second = second[0] === now ? [now, second[1] + 1] : [now, 1];
  if (second[1] > perSecond) {
    say({ event: 'throttled' });
    return link.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
  }
  const id = String(++submits);
  const message = pdu.short_message.message;
  const words = Buffer.isBuffer(message) ? message.toString('latin1') : message;
  say({ event: 'submit', id, to: pdu.destination_addr, from: pdu.source_addr, words, coding: pdu.data_coding, registered: pdu.registered_delivery });
  const to = pdu.destination_addr.replace('+', '');
  ends.set(id, undeliverable.has(to) ? 5 : 2);
  if (swallow.delete(to)) link.destroy();
  else link.send(pdu.response({ message_id: id }));
  if (silent.has(to)) return;
  if (!receipts || !(pdu.registered_delivery & 1)) return;
  const stamp = new Date().toISOString().replace(/[-T:]/g, '').slice(2, 12);
  const lost = undeliverable.has(to);
  const outcome = lost ? 'dlvrd:000' : 'dlvrd:001';
  const end = lost ? 'stat:UNDELIV err:027' : 'stat:DELIVRD err:000';
  const text = `id:${id} sub:001 ${outcome} submit date:${stamp} done date:${stamp} ${end} text:`;
  setTimeout(() => {
    waiting.push({ pdu: {
      source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 0x04, data_coding: 0,
      short_message: text, receipted_message_id: id, message_state: lost ? 5 : 2,
    }, receipt: id, on: null });
    pump();
  }, 200);
}

function pump() {
  for (const part of waiting) if (session && !part.on) deliver(part);
}

function deliver(part) {
  const link = session;
  part.on = link;
  const late = setTimeout(() => { if (part.on === link) { part.on = null; pump(); } }, RESPONSE_TIMEOUT_MS);
  link.deliver_sm(part.pdu, (answer) => {
    clearTimeout(late);
    if (answer.command_status === 0) {
      const at = waiting.indexOf(part);
      if (at >= 0) waiting.splice(at, 1);
      if (part.text && --part.text.left === 0) say({ event: 'acknowledged', id: part.text.id });
    } else {
      say({ event: 'refused', id: part.text ? part.text.id : part.receipt, status: answer.command_status });
      setTimeout(() => { part.on = null; pump(); }, REDELIVER_MS);
    }
  });
}

function order(line) {
  const what = JSON.parse(line);
  if ('receipts' in what) receipts = what.receipts;
  if (what.undeliverable) undeliverable.add(what.undeliverable);
  if (what.swallow) swallow.add(what.swallow);
  if (what.silent) silent.add(what.silent);
  if ('per_second' in what) perSecond = what.per_second || Infinity;
  if (what.drop && session) session.destroy();
  if (what.deliver) {
    const { id, from, to, coding, parts } = what.deliver;
    const text = { id, left: parts.length };
    for (const { udh, body } of parts) {
      const message = Buffer.from(body, 'hex');
      waiting.push({ text, on: null, pdu: {
        source_addr_ton: 1, source_addr_npi: 1, source_addr: from, destination_addr: to, data_coding: coding,
        esm_class: udh ? 0x40 : 0,
        short_message: udh ? { udh: Buffer.from(udh, 'hex'), message } : message,
      } });
    }
    pump();
  }
}

let rest = '';
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  lines.filter(Boolean).forEach(order);
});
process.stdin.on('end', () => process.exit(0));
process.on('uncaughtException', (error) => say({ event: 'error', words: String(error) }));
server.listen(Number(process.argv[2]), '127.0.0.1', () => say({ event: 'listening' }));
