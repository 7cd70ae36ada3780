//! The receiving half of the exchange: what came from the network goes through the door to the agent.

use super::super::admission::Refused;
use super::super::exchange::{BATCH, Exchange};
use super::super::tcp::TcpEvent;
use super::Origin;
use crate::protocol::sip::agent;
use crate::protocol::sip::message::Malformed;
use crate::protocol::sip::{Flow, Transport};

impl Exchange {
    pub(in super::super) fn read_datagrams(&mut self) {
        for _ in 0..BATCH {
            let Some((bytes, remote)) = self.udp.receive() else { return self.admission.read(false) };
            let Some(peer) = self.door.peers.get(remote.ip()) else {
                let local = self.door.peers.local_for_stranger(self.bound.ip());
                let flow = Flow { transport: Transport::Udp, local, remote };
                let now = self.parts.clock.instant();
                if let Some(answer) = self.door.strangers.answer(bytes, flow, now) {
                    self.udp.send(&answer.bytes, answer.flow.remote);
                }
                continue;
            };
            let flow = Flow { transport: Transport::Udp, local: peer.local, remote };
            let trunk = peer.trunk;
            // The agent borrows everything else; the buffer is the socket's own.
            let bytes = bytes.to_vec();
            self.receive(&bytes, flow, trunk);
        }
        self.admission.read(true);
    }

    pub(in super::super) fn tcp_event(&mut self, event: TcpEvent) {
        match event {
            TcpEvent::Opened { remote, local, writer } => {
                tracing::debug!(%remote, %local, "SIP connection opened");
                self.connections.opened(remote, writer);
            }
            TcpEvent::Received { remote, bytes } => {
                let Some(peer) = self.door.peers.get(remote.ip()) else { return };
                let flow = Flow { transport: Transport::Tcp, local: peer.local, remote };
                let trunk = peer.trunk;
                self.receive(&bytes, flow, trunk);
            }
            TcpEvent::Closed { remote } => self.connections.closed(remote),
        }
    }

    fn receive(&mut self, bytes: &[u8], flow: Flow, trunk: usize) {
        let now = self.now();
        self.report_seen(trunk);
        let (stopping, calls, journaling) = (self.stopping, self.calls.len(), self.journaling);
        let (admission, handle) = (&mut self.admission, &self.handle);
        let retry_after_s = self.parts.config.retry_after_s;
        let mut admit = || {
            let decision =
                if stopping { Err(Refused::Stopping) } else { admission.admit(calls, journaling, now) };
            match decision {
                Ok(()) => agent::Admission::Admit,
                Err(refused) => {
                    handle.refused();
                    metrics::counter!("odziv_telephony_refused_total", "why" => refused.as_str())
                        .increment(1);
                    agent::Admission::Overloaded { retry_after_s }
                }
            }
        };
        self.door.arriving = Some(Origin::Trunk(trunk));
        match self.agent.receive(bytes, flow, now, &mut admit) {
            Ok(()) | Err(Malformed::KeepAlive) => {}
            Err(malformed) => {
                metrics::counter!("odziv_sip_malformed_total").increment(1);
                tracing::debug!(remote = %flow.remote, ?malformed, "not a SIP message that can be worked on");
            }
        }
        // At once and not after the batch: the next INVITE of the same batch must find this call counted.
        self.sip_events();
        self.door.arriving = None;
    }

    fn report_seen(&mut self, trunk: usize) {
        let at = self.parts.clock.now();
        if self.door.seen.insert(trunk, at.as_second()) != Some(at.as_second()) {
            self.handle.seen(trunk, at);
        }
    }
}
