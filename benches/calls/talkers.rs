//! The voices of many callers.

use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// Packets of 20 ms; calls are spread over as many slots of a millisecond, as they are in life.
const SLOTS: usize = 20;
const FRAME: usize = 160;
const PACKET: usize = 12 + FRAME;
/// Messages in one system call.
const BATCH: usize = 64;
/// A-law of a loud sample and its opposite, by turns: a square wave of 1 kHz.
const HIGH: u8 = 0x9a;
const LOW: u8 = 0x1a;

/// The media of all calls from one socket: the server has a port for each call and hears from which address it comes.
pub struct Talkers {
    pub socket: std::net::UdpSocket,
    packets: Vec<[u8; PACKET]>,
    addresses: Vec<libc::sockaddr_in>,
    next: Option<Instant>,
    tick: usize,
    pub sent: u64,
}

impl Talkers {
    pub fn new() -> Self {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        Self { socket, packets: Vec::new(), addresses: Vec::new(), next: None, tick: 0, sent: 0 }
    }

    /// All packets that are due; `media` are the addresses of the calls that talk, grown as they are answered.
    pub fn send(&mut self, now: Instant, media: &[SocketAddr]) {
        for address in media.iter().skip(self.addresses.len()) {
            self.addresses.push(sockaddr(*address));
            self.packets.push(first_packet(self.packets.len() as u32));
        }
        let next = *self.next.get_or_insert(now);
        let mut next = next;
        while next <= now {
            self.slot();
            self.tick += 1;
            next += Duration::from_millis(1);
        }
        self.next = Some(next);
    }

    fn slot(&mut self) {
        let due: Vec<usize> = (self.tick % SLOTS..self.packets.len()).step_by(SLOTS).collect();
        for chunk in due.chunks(BATCH) {
            for index in chunk {
                advance(&mut self.packets[*index]);
            }
            let mut vectors: Vec<libc::iovec> = chunk
                .iter()
                .map(|i| libc::iovec { iov_base: self.packets[*i].as_mut_ptr().cast(), iov_len: PACKET })
                .collect();
            let mut messages: Vec<libc::mmsghdr> = chunk
                .iter()
                .zip(&mut vectors)
                .map(|(index, vector)| message(&mut self.addresses[*index], vector))
                .collect();
            // SAFETY: each header points to one address and one vector that live until the call returns.
            let sent = unsafe {
                libc::sendmmsg(self.socket.as_raw_fd(), messages.as_mut_ptr(), messages.len() as u32, 0)
            };
            self.sent += u64::try_from(sent).unwrap_or_default();
        }
    }
}

fn message(address: &mut libc::sockaddr_in, vector: &mut libc::iovec) -> libc::mmsghdr {
    // SAFETY: all zeros is a valid empty header.
    let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
    message.msg_hdr.msg_name = std::ptr::from_mut(address).cast();
    message.msg_hdr.msg_namelen = std::mem::size_of::<libc::sockaddr_in>() as u32;
    message.msg_hdr.msg_iov = vector;
    message.msg_hdr.msg_iovlen = 1;
    message
}

fn sockaddr(address: SocketAddr) -> libc::sockaddr_in {
    let SocketAddr::V4(v4) = address else { unreachable!("the load runs on 127.0.0.1") };
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: v4.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(*v4.ip()).to_be() },
        sin_zero: [0; 8],
    }
}

fn first_packet(ssrc: u32) -> [u8; PACKET] {
    let mut packet = [HIGH; PACKET];
    packet[0] = 0x80;
    packet[1] = 8;
    packet[2..8].fill(0);
    packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
    for (at, code) in packet[12..].iter_mut().enumerate() {
        *code = if at % 8 < 4 { HIGH } else { LOW };
    }
    packet
}

fn advance(packet: &mut [u8; PACKET]) {
    let sequence = u16::from_be_bytes([packet[2], packet[3]]).wrapping_add(1);
    let timestamp =
        u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]).wrapping_add(FRAME as u32);
    packet[2..4].copy_from_slice(&sequence.to_be_bytes());
    packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
}
