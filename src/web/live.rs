//! Server-sent events: "something changed, look again". The page then asks for itself, with its own filters and rights, so
//! an event that is lost, late or doubled does no harm.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::StreamExt as _;
use futures_util::stream::{self, Stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::auth::SignedIn;
use super::error::WebError;
use super::state::App;
use crate::actions::CaseNews;
use crate::domain::id::CaseId;

/// A storm of calls becomes one look a page in this time: the reader cannot follow faster, and the database need not.
const GATHER: Duration = Duration::from_millis(400);
/// Proxies close connections that are silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Then the stream ends and the browser comes back, with its log-in looked at anew.
const LIFE: Duration = Duration::from_secs(30 * 60);

/// Open streams in all: some screens for everybody in a large city hall. Each costs a connection and a task; further ones are told to
/// come back, which browsers do by themselves.
pub const MOST_STREAMS: usize = 1_000;

type Events = Sse<
    axum::response::sse::KeepAliveStream<
        std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>,
    >,
>;

pub async fn list(State(app): State<App>, _: SignedIn) -> Result<Events, WebError> {
    events(&app, cases(&app, None))
}

pub async fn case(State(app): State<App>, _: SignedIn, Path(id): Path<i64>) -> Result<Events, WebError> {
    events(&app, cases(&app, Some(CaseId(id))))
}

/// Calls, operators and queues.
pub async fn board(State(app): State<App>, _: SignedIn) -> Result<Events, WebError> {
    let boards = app.telephony.as_ref().ok_or(WebError::NotFound)?.changed();
    let changes = stream::unfold(boards, async |mut boards| {
        boards.changed().await.ok()?;
        tokio::time::sleep(GATHER).await;
        boards.mark_unchanged();
        Some(((), boards))
    });
    events(&app, changes)
}

fn cases(app: &App, only: Option<CaseId>) -> impl Stream<Item = ()> + Send + use<> {
    let watch = Watch { news: app.actions.news(), only };
    stream::unfold(watch, async |mut watch| {
        watch.changed().await?;
        Some(((), watch))
    })
}

fn events(app: &App, changes: impl Stream<Item = ()> + Send + 'static) -> Result<Events, WebError> {
    let place = app.streams().try_acquire_owned().map_err(|_| {
        metrics::counter!("odziv_web_event_streams_refused_total").increment(1);
        WebError::Unavailable("too many pages listen".into())
    })?;
    metrics::counter!("odziv_web_event_streams_total").increment(1);
    let over = {
        let shutdown = app.shutdown().clone();
        async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(LIFE) => {}
            }
        }
    };
    let changes = changes.take_until(over).map(move |()| {
        // Given back when the stream ends, however it ends.
        let _held = &place;
        // A browser drops an event whose data is empty (HTML, "dispatch the event" of server-sent events).
        Ok(Event::default().event("changed").data("look"))
    });
    Ok(Sse::new(Box::pin(changes) as _).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

struct Watch {
    news: Receiver<CaseNews>,
    only: Option<CaseId>,
}

impl Watch {
    /// Returns when something that this page shows has changed; `None` when the program ends.
    async fn changed(&mut self) -> Option<()> {
        self.first().await?;
        tokio::time::sleep(GATHER).await;
        self.forget_the_rest();
        Some(())
    }

    async fn first(&mut self) -> Option<()> {
        loop {
            match self.news.recv().await {
                Ok(news) if self.concerns(news) => return Some(()),
                Ok(_) => {}
                // We cannot know what we missed, so the page looks again.
                Err(RecvError::Lagged(_)) => return Some(()),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// What came meanwhile is seen by the same look.
    fn forget_the_rest(&mut self) {
        while matches!(self.news.try_recv(), Ok(_) | Err(TryRecvError::Lagged(_))) {}
    }

    fn concerns(&self, news: CaseNews) -> bool {
        self.only.is_none_or(|only| only == news.case)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::broadcast;

    use super::*;
    use crate::actions::News;

    fn news(case: i64) -> CaseNews {
        CaseNews { case: CaseId(case), what: News::Changed }
    }

    #[test]
    fn a_storm_is_one_event_and_a_lag_is_one_too() {
        let (sender, receiver) = broadcast::channel(16);
        let mut watch = Watch { news: receiver, only: None };
        for case in 0..100 {
            sender.send(news(case)).unwrap();
        }
        assert_eq!(watch.first().now_or_never(), Some(Some(())));
        watch.forget_the_rest();
        assert_eq!(watch.first().now_or_never(), None);
        drop(sender);
        assert_eq!(watch.first().now_or_never(), Some(None));
    }

    #[test]
    fn the_page_of_a_case_hears_of_its_case_only() {
        let (sender, receiver) = broadcast::channel(16);
        let mut watch = Watch { news: receiver, only: Some(CaseId(7)) };
        sender.send(news(8)).unwrap();
        assert_eq!(watch.first().now_or_never(), None);
        sender.send(news(7)).unwrap();
        assert_eq!(watch.first().now_or_never(), Some(Some(())));
    }
}
