//! The least that a relay can do: every packet that is read from one socket leaves by another. What the engine is measured against.

use std::mem::zeroed;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::{FIRST_PORT, HOME, PACKET, address, pin};

/// Datagrams a call.
const BATCH: usize = 8;
const EVENTS: usize = 512;
/// As the engine does with many legs: packets come together for a millisecond.
const MOMENT: Duration = Duration::from_millis(1);

pub struct Bare {
    thread: JoinHandle<()>,
    stop: Arc<AtomicBool>,
    pub relayed: Arc<AtomicU64>,
    pub ports: Vec<u16>,
}

impl Bare {
    /// Sockets 2n and 2n+1 are a call; what comes to one leaves by the other to its side's address.
    pub fn start(calls: usize, sides: [SocketAddr; 2]) -> Self {
        let sockets: Vec<UdpSocket> = (0..2 * calls)
            .map(|n| {
                let socket = UdpSocket::bind((HOME, FIRST_PORT + 2 * n as u16)).unwrap();
                socket.set_nonblocking(true).unwrap();
                socket
            })
            .collect();
        let ports = sockets.iter().map(|socket| socket.local_addr().unwrap().port()).collect();
        let (stop, relayed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, counted) = (stop.clone(), relayed.clone());
        pin(0);
        let thread = std::thread::Builder::new()
            .name("bare".into())
            .spawn(move || run(&sockets, sides, &stopped, &counted))
            .unwrap();
        pin(1);
        Self { thread, stop, relayed, ports }
    }

    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

fn run(sockets: &[UdpSocket], sides: [SocketAddr; 2], stop: &AtomicBool, relayed: &AtomicU64) {
    // SAFETY: plain calls with numbers; events point to memory that lives during the call.
    let epoll = unsafe { libc::epoll_create1(0) };
    for (n, socket) in sockets.iter().enumerate() {
        let mut event = libc::epoll_event { events: (libc::EPOLLIN | libc::EPOLLET) as u32, u64: n as u64 };
        // SAFETY: as above.
        unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, socket.as_raw_fd(), &mut event) };
    }
    let mut targets = sides.map(|side| address(side.port()));
    let mut buffers = [[0_u8; 1_500]; BATCH];
    // SAFETY: plain data for which zero is valid.
    let mut events: [libc::epoll_event; EVENTS] = unsafe { zeroed() };
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(MOMENT);
        // SAFETY: `events` has room for so many.
        let ready = unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), EVENTS as i32, 5) };
        for event in &events[..ready.max(0) as usize] {
            let n = event.u64 as usize;
            let count = pass(&sockets[n], &sockets[n ^ 1], &mut targets[(n ^ 1) & 1], &mut buffers);
            relayed.fetch_add(count as u64, Ordering::Relaxed);
        }
    }
    // SAFETY: nobody else uses it.
    unsafe { libc::close(epoll) };
}

fn pass(
    from: &UdpSocket,
    to: &UdpSocket,
    target: &mut libc::sockaddr_in,
    buffers: &mut [[u8; 1_500]; BATCH],
) -> usize {
    // SAFETY: plain data for which zero is valid.
    let mut slices: [libc::iovec; BATCH] = unsafe { zeroed() };
    let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
    for (n, buffer) in buffers.iter_mut().enumerate() {
        slices[n].iov_base = buffer.as_mut_ptr().cast();
        slices[n].iov_len = buffer.len();
        headers[n].msg_hdr.msg_iov = &mut slices[n];
        headers[n].msg_hdr.msg_iovlen = 1;
    }
    // SAFETY: every header points to memory that lives during the calls.
    unsafe {
        let got = libc::recvmmsg(
            from.as_raw_fd(),
            headers.as_mut_ptr(),
            BATCH as u32,
            libc::MSG_DONTWAIT,
            null_mut(),
        );
        let got = usize::try_from(got).unwrap_or(0);
        for n in 0..got {
            slices[n].iov_len = (headers[n].msg_len as usize).min(PACKET);
            headers[n].msg_hdr.msg_name = std::ptr::from_mut(target).cast();
            headers[n].msg_hdr.msg_namelen = size_of::<libc::sockaddr_in>() as u32;
        }
        let sent = libc::sendmmsg(to.as_raw_fd(), headers.as_mut_ptr(), got as u32, 0);
        usize::try_from(sent).unwrap_or(0)
    }
}
