//! The receiving half of the exchange: what came from the network goes through the door to the agent.

use super::super::admission::Refused;
use super::super::exchange::{BATCH, Exchange};
use super::super::tcp::TcpEvent;
use super::{Decision, DoorEvent};
use crate::protocol::sip::agent::refuse_overloaded;
use crate::protocol::sip::message::Message;
use crate::protocol::sip::{Flow, Transmit, Transport};

impl Exchange {
    pub(in crate::telephony) fn read_datagrams(&mut self) {
        for _ in 0..BATCH {
            let now = self.parts.clock.instant();
            let Some((bytes, remote)) = self.udp.receive() else { return self.admission.read(false) };
            let flow = Flow { transport: Transport::Udp, local: self.bound, remote };
            let decision = self.door.decide(bytes, flow, &self.agent, now);
            self.decided(decision);
        }
        self.admission.read(true);
    }

    pub(in crate::telephony) fn tcp_event(&mut self, event: TcpEvent) {
        let now = self.now();
        match event {
            TcpEvent::Opened { line, local, writer } => {
                let (transport, remote) = line;
                tracing::debug!(%remote, %local, transport = transport.as_str(), "SIP connection opened");
                // One that is not kept is closed, as nobody can write to it.
                if self.door.connected(transport, remote, local, now) {
                    self.connections.opened(line, writer);
                }
            }
            TcpEvent::Received { line: (_, remote), bytes } => {
                let Some(flow) = self.door.flow_of(remote) else { return };
                let decision = self.door.decide(&bytes, flow, &self.agent, now);
                self.decided(decision);
            }
            TcpEvent::Closed { line } => {
                self.door.disconnected(line.1);
                self.connections.closed(line);
                self.trunks.disconnected(line, "the connection was closed", now);
                // What was sent meanwhile waits for a new one.
                if !self.connections.is_opening(line) {
                    self.agent.unreachable(line.0, line.1, now);
                }
            }
            TcpEvent::Failed { line, why } => {
                self.connections.failed(line);
                self.trunks.unreachable(line, &why, now);
                self.agent.unreachable(line.0, line.1, now);
            }
        }
    }

    pub(in crate::telephony) fn door_event(&mut self, event: DoorEvent) {
        self.door.heard(event);
    }

    pub(in crate::telephony) fn door_timeouts(&mut self) {
        let (now, at) = (self.now(), self.parts.clock.now());
        for remote in self.door.handle_timeout(now, at, self.handle.door()) {
            self.door.disconnected(remote);
            self.connections.close(remote);
        }
    }

    /// Keep-alives to phones.
    pub(in crate::telephony) fn send_probes(&mut self) {
        while let Some(probe) = self.door.poll_transmit() {
            self.send_by_door(probe);
        }
    }

    fn decided(&mut self, decision: Decision) {
        let (message, flow, origin) = match decision {
            Decision::Pass(message, flow, origin) => (*message, flow, origin),
            Decision::Answer(answer) => return self.send_by_door(answer),
            Decision::Done => return,
        };
        let now = self.now();
        if let Some(peer) = self.door.peers.get(flow.remote.ip()) {
            self.report_seen(peer.trunk);
        }
        if let Message::Request(request) = &message
            && self.agent.is_new_call(request)
            && let Err(refused) = self.admit()
        {
            self.handle.refused();
            metrics::counter!("odziv_telephony_refused_total", "why" => refused.as_str()).increment(1);
            let refusal = refuse_overloaded(request, flow, self.parts.config.retry_after_s);
            return self.send_by_door(refusal);
        }
        self.door.arriving = origin;
        self.agent.receive_message(message, flow, now);
        // At once and not after the batch: the next INVITE of the same batch must find this call counted.
        self.sip_events();
        self.door.arriving = None;
    }

    fn admit(&mut self) -> Result<(), Refused> {
        if self.stopping {
            return Err(Refused::Stopping);
        }
        let now = self.now();
        self.admission.admit(self.ledger.len(), self.ledger.journaling(), now)
    }

    /// What needs no transaction. Over a connection that is gone it is lost, as the network may lose it.
    fn send_by_door(&mut self, transmit: Transmit) {
        match transmit.flow.transport {
            Transport::Udp => self.udp.send(&transmit.bytes, transmit.flow.remote),
            transport => {
                let _ = self.connections.send((transport, transmit.flow.remote), transmit.bytes);
            }
        }
    }

    fn report_seen(&mut self, trunk: usize) {
        let at = self.parts.clock.now();
        if self.door.seen.insert(trunk, at.as_second()) != Some(at.as_second()) {
            self.handle.seen(trunk, at);
        }
    }
}
