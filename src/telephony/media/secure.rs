//! SRTP on a leg: both directions, and what becomes of them when the call is offered again.

use super::LegMedia;
use crate::protocol::rtp::srtp::{Protector, SrtpError, SrtpKeys, Unprotector};

pub(super) struct Secure {
    keys: SrtpKeys,
    protector: Protector,
    unprotector: Unprotector,
}

/// Keys are not for logs.
impl std::fmt::Debug for Secure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Secure").finish_non_exhaustive()
    }
}

impl Secure {
    /// What the media of a leg asks for. Unchanged keys go on with their counters (RFC 3711 §3.3.1), changed ones begin anew.
    pub(super) fn update(before: Option<Box<Self>>, media: &LegMedia) -> Option<Box<Self>> {
        let keys = media.srtp.as_ref()?;
        Some(match before {
            None => Box::new(Self {
                keys: keys.clone(),
                protector: Protector::new(&keys.local),
                unprotector: Unprotector::new(&keys.remote),
            }),
            Some(mut secure) => {
                if secure.keys.local != keys.local {
                    secure.protector = Protector::new(&keys.local);
                }
                if secure.keys.remote != keys.remote {
                    secure.unprotector = Unprotector::new(&keys.remote);
                }
                secure.keys = keys.clone();
                secure
            }
        })
    }

    pub(super) fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        self.unprotector.unprotect(packet)
    }

    pub(super) fn protect(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        self.protector.protect(buffer, length)
    }

    pub(super) fn unprotect_report(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        self.unprotector.unprotect_rtcp(packet)
    }

    pub(super) fn protect_report(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        self.protector.protect_rtcp(buffer, length)
    }
}
