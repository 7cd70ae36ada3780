//! System calls that the standard library does not have.
//!
//! `recvmmsg` reads what has collected in a socket at once; with thousands of legs that are recorded, that is the difference between
//! one core and several.

use std::io;
use std::mem::zeroed;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr::{from_mut, null_mut};

/// Datagrams a call: 100 ms of packets of 20 ms, and some that network or clock have bunched.
pub(super) const BATCH: usize = 8;
/// Longer datagrams are no G.711 and are dropped.
const LONGEST_DATAGRAM: usize = 1_500;
/// With room for what encryption adds.
const BUFFER: usize = LONGEST_DATAGRAM + 64;

/// Before everything ordinary, behind everything else that is in real time.
const LOWEST_REAL_TIME: libc::c_int = 1;

/// Where datagrams are read into, again and again. Everything that a call of `recvmmsg` needs is laid out once.
pub(super) struct Batch {
    buffers: Box<[[u8; BUFFER]; BATCH]>,
    addresses: Box<[libc::sockaddr_storage; BATCH]>,
    /// Point to the buffers.
    slices: Box<[libc::iovec; BATCH]>,
    /// Point to slices and addresses.
    headers: Box<[libc::mmsghdr; BATCH]>,
}

impl Batch {
    pub(super) fn new() -> Self {
        // SAFETY: sockaddr_storage, iovec and mmsghdr are plain data for which zero is valid.
        let (addresses, slices, headers) =
            unsafe { (Box::new(zeroed()), Box::new(zeroed()), Box::new(zeroed())) };
        Self { buffers: Box::new([[0; BUFFER]; BATCH]), addresses, slices, headers }
    }

    /// Reads what is there, at most [`BATCH`] datagrams, without waiting; hands over each one and returns how many came.
    pub(super) fn receive(
        &mut self,
        socket: &UdpSocket,
        mut each: impl FnMut(SocketAddr, Datagram<'_>),
    ) -> usize {
        let targets = self.buffers.iter_mut().zip(self.addresses.iter_mut());
        for ((header, slice), (buffer, address)) in
            self.headers.iter_mut().zip(self.slices.iter_mut()).zip(targets)
        {
            slice.iov_base = buffer.as_mut_ptr().cast();
            slice.iov_len = LONGEST_DATAGRAM;
            header.msg_hdr.msg_iov = slice;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_name = from_mut(address).cast();
            header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_storage>() as u32;
        }
        // SAFETY: every pointer in `headers` points to memory of the given length that lives and is not touched during the call.
        let got = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                BATCH as u32,
                libc::MSG_DONTWAIT,
                null_mut(),
            )
        };
        // Nothing there, or an error: an ICMP message about a packet of ours is no news to a leg.
        let got = usize::try_from(got).unwrap_or(0);
        let read = self.headers.iter().zip(self.buffers.iter_mut()).zip(self.addresses.iter()).take(got);
        for ((header, buffer), address) in read {
            let length = header.msg_len as usize;
            let is_whole = header.msg_hdr.msg_flags & libc::MSG_TRUNC == 0;
            if let (Some(from), true) = (socket_address(address), is_whole && length <= LONGEST_DATAGRAM) {
                each(from, Datagram { buffer, length });
            }
        }
        got
    }
}

/// What was read, in a buffer that may be worked in.
pub(super) struct Datagram<'a> {
    pub(super) buffer: &'a mut [u8],
    pub(super) length: usize,
}

fn socket_address(address: &libc::sockaddr_storage) -> Option<SocketAddr> {
    let pointer = std::ptr::from_ref(address);
    match i32::from(address.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that this is a sockaddr_in, which fits into a sockaddr_storage and is aligned no stricter.
            let v4 = unsafe { &*pointer.cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddr::from((ip, u16::from_be(v4.sin_port))))
        }
        libc::AF_INET6 => {
            // SAFETY: as above, a sockaddr_in6.
            let v6 = unsafe { &*pointer.cast::<libc::sockaddr_in6>() };
            // A socket of both families shows IPv4 peers as mapped addresses; SDP and latch speak of the plain ones.
            let ip = IpAddr::from(Ipv6Addr::from(v6.sin6_addr.s6_addr)).to_canonical();
            Some(SocketAddr::from((ip, u16::from_be(v6.sin6_port))))
        }
        _ => None,
    }
}

/// Lets the process open as many files as the system allows: a leg that is recorded needs two, and shells often give 1,024.
pub(super) fn raise_file_limit() -> io::Result<u64> {
    // SAFETY: rlimit is plain data; both calls get a pointer to it that is valid for their duration.
    unsafe {
        let mut limit: libc::rlimit = zeroed();
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) != 0 {
            return Err(io::Error::last_os_error());
        }
        limit.rlim_cur = limit.rlim_max;
        if libc::setrlimit(libc::RLIMIT_NOFILE, &limit) != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(limit.rlim_cur)
    }
}

/// Lets the calling thread go before ordinary work: a prompt that stutters is heard at once, a page that waits 10 ms is not.
/// Real time, as telephone exchanges run; on a machine with ten busy processes a core, a mere nice value left media standing for
/// seconds. Needs CAP_SYS_NICE or a limit of RTPRIO.
pub(super) fn go_first() -> io::Result<()> {
    schedule(libc::SCHED_RR | libc::SCHED_RESET_ON_FORK, LOWEST_REAL_TIME)
}

/// Back among ordinary work.
pub(super) fn share() -> io::Result<()> {
    schedule(libc::SCHED_OTHER, 0)
}

fn schedule(policy: libc::c_int, level: libc::c_int) -> io::Result<()> {
    // SAFETY: sched_param is plain data, read during the call only; on Linux 0 is the calling thread.
    let result = unsafe {
        let mut priority: libc::sched_param = zeroed();
        priority.sched_priority = level;
        libc::sched_setscheduler(0, policy, &priority)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(ip: IpAddr) -> (UdpSocket, UdpSocket) {
        (UdpSocket::bind((ip, 0)).unwrap(), UdpSocket::bind((ip, 0)).unwrap())
    }

    #[test]
    fn datagrams_come_with_their_source_in_order() {
        for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            let (a, b) = pair(ip);
            for n in 0..10_u8 {
                a.send_to(&vec![n; usize::from(n) + 1], b.local_addr().unwrap()).unwrap();
            }
            let (mut batch, mut seen) = (Batch::new(), Vec::new());
            while batch.receive(&b, |from, bytes| seen.push((from, bytes.buffer[..bytes.length].to_vec())))
                > 0
            {}
            let expected: Vec<_> =
                (0..10_u8).map(|n| (a.local_addr().unwrap(), vec![n; usize::from(n) + 1])).collect();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn an_oversized_datagram_is_dropped() {
        let (a, b) = pair(Ipv4Addr::LOCALHOST.into());
        a.send_to(&[0; 1_501], b.local_addr().unwrap()).unwrap();
        a.send_to(&[1; 1_500], b.local_addr().unwrap()).unwrap();
        let mut lengths = Vec::new();
        assert_eq!(Batch::new().receive(&b, |_, bytes| lengths.push(bytes.length)), 2);
        assert_eq!(lengths, [1_500]);
    }
}
