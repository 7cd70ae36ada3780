//! One connection of an ESME.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{Shared, lock, receipt};
use crate::protocol::smpp::frame::Frames;
use crate::protocol::smpp::pdu::{self, Bind, BindKind, Command, Message, Pdu};
use crate::protocol::smpp::status::Status;

/// PDUs on their way into the socket: a peer that does not read stops us from reading too.
const OUT_QUEUE: usize = 256;
const READ_BUFFER: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct Link {
    out: mpsc::Sender<Vec<u8>>,
    /// Our deliver_sm that wait for their answer.
    pending: Mutex<HashMap<u32, oneshot::Sender<Status>>>,
    sequence: AtomicU32,
    closed: CancellationToken,
}

impl Link {
    /// `None` when there was no answer in time or the link was lost.
    pub(super) async fn request(&self, pdu: Pdu, timeout: Duration) -> Option<Status> {
        let sequence = self.next_sequence();
        let (answer, answered) = oneshot::channel();
        lock(&self.pending).insert(sequence, answer);
        let sent = self.send(Command::request(sequence, pdu)).await;
        let status = match sent {
            Some(()) => tokio::select! {
                () = self.closed.cancelled() => None,
                status = tokio::time::timeout(timeout, answered) => status.ok().and_then(Result::ok),
            },
            None => None,
        };
        lock(&self.pending).remove(&sequence);
        status
    }

    /// 1 to 0x7FFFFFFF (SMPP 3.4 §3.2).
    fn next_sequence(&self) -> u32 {
        self.sequence.fetch_add(1, Ordering::Relaxed) % 0x7FFF_FFFF + 1
    }

    pub(super) fn close(&self) {
        self.closed.cancel();
    }

    async fn send(&self, command: Command) -> Option<()> {
        self.out.send(command.encode().ok()?).await.ok()
    }

    async fn answer(&self, to: &Command, status: Status, pdu: Pdu) -> Option<()> {
        self.send(Command { status, sequence: to.sequence, pdu }).await
    }
}

pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let stream = tokio::select! {
            () = shared.stop.cancelled() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of file descriptors, most likely: some will be free again soon.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        tokio::spawn(serve(stream, Arc::clone(&shared)));
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let (out, queue) = mpsc::channel(OUT_QUEUE);
    let closed = shared.stop.child_token();
    let link = Arc::new(Link {
        out,
        pending: Mutex::default(),
        sequence: AtomicU32::new(0),
        closed: closed.clone(),
    });
    tokio::spawn(write(writer, queue, closed.clone()));
    tokio::select! {
        () = closed.cancelled() => {}
        _ = read(reader, &link, &shared) => {}
    }
    closed.cancel();
    lock(&shared.links).retain(|other| !Arc::ptr_eq(other, &link));
    shared.bound.send_modify(|bound| *bound = lock(&shared.links).len());
}

async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<Vec<u8>>, closed: CancellationToken) {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            () = closed.cancelled() => return,
            first = queue.recv() => match first {
                Some(first) => batch.extend(first),
                None => return,
            },
        }
        while let Ok(next) = queue.try_recv() {
            batch.extend(next);
        }
        if writer.write_all(&batch).await.is_err() {
            return closed.cancel();
        }
        batch.clear();
    }
}

/// `None`: the link is over.
async fn read(mut reader: OwnedReadHalf, link: &Arc<Link>, shared: &Arc<Shared>) -> Option<()> {
    let mut frames = Frames::default();
    let mut buffer = vec![0; READ_BUFFER];
    let mut bound = None;
    loop {
        let enquire = shared.options.enquire_every.unwrap_or(Duration::from_secs(3600));
        let read = match tokio::time::timeout(enquire, reader.read(&mut buffer)).await {
            Err(_) => {
                link.send(Command::request(link.next_sequence(), Pdu::EnquireLink)).await?;
                continue;
            }
            Ok(read) => read.ok().filter(|read| *read > 0)?,
        };
        frames.push(buffer.get(..read)?);
        while let Some(frame) = frames.next_frame().ok()? {
            let command = match pdu::decode(&frame) {
                Ok(command) => command,
                Err(bad) => {
                    if let Some(answer) = bad.answer() {
                        link.send(answer).await?;
                    }
                    continue;
                }
            };
            if !shared.faults().silent {
                handle(command, link, shared, &mut bound).await?;
            }
        }
    }
}

async fn handle(
    command: Command,
    link: &Arc<Link>,
    shared: &Arc<Shared>,
    bound: &mut Option<BindKind>,
) -> Option<()> {
    match &command.pdu {
        Pdu::Bind(bind) => {
            let status = check(bind, shared, bound.is_some());
            let answer = Pdu::BindResp { kind: bind.kind, system_id: "smsc".into() };
            link.answer(&command, status, answer).await?;
            if status.is_ok() {
                *bound = Some(bind.kind);
                // By a transmitter nothing is delivered (SMPP 3.4 §2.1.1).
                if bind.kind != BindKind::Transmitter {
                    lock(&shared.links).push(Arc::clone(link));
                }
                shared.bound.send_modify(|bound| *bound = lock(&shared.links).len());
            }
            Some(())
        }
        Pdu::QuerySm { message_id, .. } if !shared.faults().knows_no_queries => {
            let answer = query(message_id, shared);
            let status = if answer.1 { Status::OK } else { Status::INVALID_MESSAGE_ID };
            link.answer(&command, status, answer.0).await
        }
        Pdu::SubmitSm(_) if bound.is_none_or(|kind| kind == BindKind::Receiver) => {
            let answer = Pdu::SubmitSmResp { message_id: String::new() };
            link.answer(&command, Status::INVALID_BIND_STATE, answer).await
        }
        Pdu::SubmitSm(message) => submit(&command, message, link, shared).await,
        Pdu::EnquireLink => link.answer(&command, Status::OK, Pdu::EnquireLinkResp).await,
        Pdu::Unbind => {
            link.answer(&command, Status::OK, Pdu::UnbindResp).await?;
            // The answer goes out before the connection does.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
        Pdu::DeliverSmResp | Pdu::GenericNack => {
            if let Some(waiting) = lock(&link.pending).remove(&command.sequence) {
                let _ = waiting.send(command.status);
            }
            Some(())
        }
        Pdu::EnquireLinkResp | Pdu::UnbindResp => Some(()),
        _ => link.answer(&command, Status::INVALID_COMMAND_ID, Pdu::GenericNack).await,
    }
}

fn check(bind: &Bind, shared: &Shared, bound: bool) -> Status {
    if bound {
        Status::ALREADY_BOUND
    } else if bind.system_id != shared.options.system_id {
        Status::INVALID_SYSTEM_ID
    } else if bind.password != shared.options.password {
        Status::INVALID_PASSWORD
    } else {
        Status::OK
    }
}

/// What became of a message, and whether it is known at all.
fn query(message_id: &str, shared: &Shared) -> (Pdu, bool) {
    shared.queries.fetch_add(1, Ordering::Relaxed);
    let delivered = lock(&shared.log).ends.get(message_id).copied();
    let (state, error) = match delivered {
        Some(true) => (2, 0),
        Some(false) => (5, 27),
        None => (7, 0),
    };
    (Pdu::QuerySmResp { message_id: message_id.to_owned(), state, error }, delivered.is_some())
}

async fn submit(command: &Command, message: &Message, link: &Link, shared: &Arc<Shared>) -> Option<()> {
    use std::sync::atomic::Ordering::Relaxed;
    let number = shared.submits.fetch_add(1, Relaxed) + 1;
    let faults = shared.faults();
    let falls_on = |every: Option<u64>| every.is_some_and(|every| every > 0 && number.is_multiple_of(every));
    if falls_on(faults.drop_every) {
        return None;
    }
    let over = faults.takes_per_second.is_some_and(|most| !shared.has_room(most));
    if over || faults.full || falls_on(faults.throttle_every) {
        shared.throttled.fetch_add(1, Relaxed);
        let status = if faults.full { Status::QUEUE_FULL } else { Status::THROTTLED };
        return link.answer(command, status, Pdu::SubmitSmResp { message_id: String::new() }).await;
    }
    if falls_on(faults.reject_every) {
        return link
            .answer(command, Status::SUBMIT_FAILED, Pdu::SubmitSmResp { message_id: String::new() })
            .await;
    }
    let message_id = receipt::answered_id(shared.options.ids, number);
    let delivered = !falls_on(faults.undeliverable_every);
    shared.record(message, &message_id, delivered);
    let answer = Pdu::SubmitSmResp { message_id };
    let wanted = message.registered_delivery & 1 != 0 && !falls_on(faults.forget_receipt_every);
    let Some(delay) = shared.options.receipt_after.filter(|_| wanted) else {
        return link.answer(command, Status::OK, answer).await;
    };
    let receipt = receipt::receipt(shared.options.ids, number, message, delivered, shared.clock.now());
    if faults.receipt_first {
        let early = Command::request(link.next_sequence(), Pdu::DeliverSm(receipt));
        link.send(early).await?;
        return link.answer(command, Status::OK, answer).await;
    }
    let dropped = falls_on(faults.take_and_drop_every);
    if !dropped {
        link.answer(command, Status::OK, answer).await?;
    }
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        for _ in 0..if faults.receipt_twice { 2 } else { 1 } {
            let _ = shared.deliver(receipt.clone()).await;
        }
    });
    (!dropped).then_some(())
}
