//! Which sockets have something to read: `epoll`, and a bell that wakes the engine from outside.
//!
//! Edge-triggered: a socket is named once for all that has come since it was read empty, and costs nothing while it is quiet.

use std::io;
use std::mem::zeroed;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

/// Sockets that are named at a time. More stay ready for the next look.
const EVENTS: usize = 512;
/// What the bell is called among the tokens.
const BELL: u64 = u64::MAX;

pub(super) struct Poll {
    epoll: OwnedFd,
    bell: Bell,
    events: Box<[libc::epoll_event; EVENTS]>,
    ready: usize,
    /// The kernel (before 5.11) does not know waiting in nanoseconds.
    is_coarse: bool,
}

/// Wakes whoever waits. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Bell(Arc<OwnedFd>);

impl Bell {
    pub(super) fn ring(&self) {
        let one = 1_u64.to_ne_bytes();
        // SAFETY: writes eight bytes that live. It fails only when the bell is ringing already.
        unsafe { libc::write(self.0.as_raw_fd(), one.as_ptr().cast(), one.len()) };
    }

    fn silence(&self) {
        let mut count = [0_u8; 8];
        // SAFETY: reads into eight bytes that live; the descriptor does not block.
        unsafe { libc::read(self.0.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
    }
}

impl Poll {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: the calls take numbers only; what they return is a descriptor that nobody else owns.
        let (epoll, bell) = unsafe {
            let epoll = owned(libc::epoll_create1(libc::EPOLL_CLOEXEC))?;
            (epoll, owned(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK))?)
        };
        // SAFETY: epoll_event is plain data for which zero is valid.
        let events = Box::new([unsafe { zeroed() }; EVENTS]);
        let poll = Self { epoll, bell: Bell(Arc::new(bell)), events, ready: 0, is_coarse: false };
        poll.watch(poll.bell.0.as_raw_fd(), BELL)?;
        Ok(poll)
    }

    pub(super) fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Names the socket as `token` from now on, at once when something waits in it. A socket that is closed is forgotten by itself.
    pub(super) fn watch(&self, socket: RawFd, token: u64) -> io::Result<()> {
        let events = (libc::EPOLLIN | libc::EPOLLET) as u32;
        let mut event = libc::epoll_event { events, u64: token };
        self.control(libc::EPOLL_CTL_ADD, socket, &mut event)
    }

    pub(super) fn forget(&self, socket: RawFd) {
        // SAFETY: epoll_event is plain data for which zero is valid.
        let mut event: libc::epoll_event = unsafe { zeroed() };
        // It fails when the socket was not watched, which is as good.
        let _ = self.control(libc::EPOLL_CTL_DEL, socket, &mut event);
    }

    /// Waits until something is ready, the bell rings, or the time is over; how many are ready. `None` waits for as long as it takes.
    pub(super) fn wait(&mut self, time: Option<Duration>) -> usize {
        let got = self.wait_for(time);
        // An error is an interruption by a signal.
        self.ready = usize::try_from(got).unwrap_or(0).min(EVENTS);
        self.ready
    }

    /// More may be ready than the last [`Self::wait`] could name.
    pub(super) fn is_full(&self) -> bool {
        self.ready == EVENTS
    }

    /// The token of the nth that was ready at the last [`Self::wait`]; `None` for the bell.
    pub(super) fn token(&self, n: usize) -> Option<u64> {
        let event = self.events.get(..self.ready)?.get(n)?;
        let token = event.u64;
        if token == BELL {
            self.bell.silence();
            return None;
        }
        Some(token)
    }

    fn wait_for(&mut self, time: Option<Duration>) -> libc::c_int {
        let (epoll, events) = (self.epoll.as_raw_fd(), self.events.as_mut_ptr());
        if !self.is_coarse {
            let time = time.map(|time| libc::timespec {
                tv_sec: time.as_secs() as libc::time_t,
                tv_nsec: libc::c_long::from(time.subsec_nanos()),
            });
            let time = time.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            // SAFETY: `events` has room for so many, `time` is null or lives, no signal mask is given.
            let got = unsafe {
                libc::syscall(
                    libc::SYS_epoll_pwait2,
                    epoll,
                    events,
                    EVENTS as libc::c_int,
                    time,
                    std::ptr::null::<libc::sigset_t>(),
                    0_usize,
                )
            };
            if got >= 0 || io::Error::last_os_error().raw_os_error() != Some(libc::ENOSYS) {
                return got as libc::c_int;
            }
            self.is_coarse = true;
        }
        let milliseconds =
            time.map_or(-1, |time| i32::try_from(time.as_micros().div_ceil(1_000)).unwrap_or(-1));
        // SAFETY: as above.
        unsafe { libc::epoll_wait(epoll, events, EVENTS as libc::c_int, milliseconds) }
    }

    fn control(&self, what: libc::c_int, socket: RawFd, event: &mut libc::epoll_event) -> io::Result<()> {
        // SAFETY: `event` lives during the call; the kernel checks the descriptors.
        match unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), what, socket, event) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// # Safety
///
/// `descriptor` is an error or belongs to nobody yet.
unsafe fn owned(descriptor: RawFd) -> io::Result<OwnedFd> {
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: by the contract of this function.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    const NOW: Option<Duration> = Some(Duration::ZERO);

    #[test]
    fn a_socket_is_named_once_for_what_came_and_again_for_more() {
        let mut poll = Poll::new().unwrap();
        let (a, b) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        b.send_to(&[1], a.local_addr().unwrap()).unwrap();
        poll.watch(a.as_raw_fd(), 7).unwrap();
        assert_eq!((poll.wait(NOW), poll.token(0)), (1, Some(7)));
        assert_eq!(poll.wait(NOW), 0);
        b.send_to(&[1], a.local_addr().unwrap()).unwrap();
        assert_eq!((poll.wait(NOW), poll.token(0)), (1, Some(7)));
        poll.forget(a.as_raw_fd());
        b.send_to(&[1], a.local_addr().unwrap()).unwrap();
        assert_eq!(poll.wait(NOW), 0);
    }

    #[test]
    fn the_bell_wakes_and_falls_silent() {
        for is_coarse in [false, true] {
            let mut poll = Poll::new().unwrap();
            poll.is_coarse = is_coarse;
            poll.bell().ring();
            poll.bell().ring();
            assert_eq!((poll.wait(None), poll.token(0)), (1, None));
            assert_eq!(poll.wait(NOW), 0);
        }
    }
}
