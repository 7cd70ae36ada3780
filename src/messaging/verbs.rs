//! The verbs that a link needs. A trait, so that links can be tried against a journal that fails on request.

use std::future::Future;

use jiff::Timestamp;

use crate::actions::delivery::{
    Asking, Claimer, DeliveryReport, OutboundText, ReportOutcome, SilentPart, Submission,
};
use crate::actions::text::{TextArrived, TextOutcome};
use crate::actions::{ActionError, Actions};
use crate::domain::reconcile::Clues;

pub trait TextVerbs: Clone + Send + Sync + 'static {
    fn receive_text(
        &self,
        text: TextArrived,
    ) -> impl Future<Output = Result<TextOutcome, ActionError>> + Send;
    fn assemble_overdue_texts(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<usize, ActionError>> + Send;
    fn claim_texts(
        &self,
        limit: u32,
        claimer: Claimer,
    ) -> impl Future<Output = Result<Vec<OutboundText>, ActionError>> + Send;
    fn silent_parts(
        &self,
        asking: Asking,
    ) -> impl Future<Output = Result<Vec<SilentPart>, ActionError>> + Send;
    fn record_submissions(
        &self,
        results: Vec<Submission>,
    ) -> impl Future<Output = Result<(), ActionError>> + Send;
    fn record_report(
        &self,
        report: DeliveryReport,
        clues: Clues,
    ) -> impl Future<Output = Result<ReportOutcome, ActionError>> + Send;
    fn outbox_changed(&self) -> impl Future<Output = ()> + Send;
}

impl TextVerbs for Actions {
    async fn receive_text(&self, text: TextArrived) -> Result<TextOutcome, ActionError> {
        Self::receive_text(self, text).await
    }
    async fn assemble_overdue_texts(&self, now: Timestamp) -> Result<usize, ActionError> {
        Self::assemble_overdue_texts(self, now).await
    }
    async fn claim_texts(&self, limit: u32, claimer: Claimer) -> Result<Vec<OutboundText>, ActionError> {
        Self::claim_texts_by(self, limit, claimer).await
    }
    async fn silent_parts(&self, asking: Asking) -> Result<Vec<SilentPart>, ActionError> {
        Self::silent_parts(self, asking).await
    }
    async fn record_submissions(&self, results: Vec<Submission>) -> Result<(), ActionError> {
        Self::record_submissions(self, results).await
    }
    async fn record_report(
        &self,
        report: DeliveryReport,
        clues: Clues,
    ) -> Result<ReportOutcome, ActionError> {
        Self::record_receipt(self, report, clues).await
    }
    async fn outbox_changed(&self) {
        Self::outbox_changed(self).await;
    }
}
