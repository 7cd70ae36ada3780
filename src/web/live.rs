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
use crate::domain::id::{CaseId, UserId};
use crate::domain::permission::Right;
use crate::domain::permission::reach::Reach;

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

/// Only of cases that the reader may read: when something happens elsewhere is nobody else's business.
pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Events, WebError> {
    signed_in.require(Right::ReadCases)?;
    let watch = Watch { news: app.actions.news(), editors: app.editors().changes(), only: None };
    let reader = (app.clone(), signed_in.user.id);
    let changes = stream::unfold((watch, reader), async |(mut watch, reader)| {
        loop {
            let changed = watch.changed().await?;
            if may_be_seen(&reader.0, reader.1, &changed).await {
                return Some(((), (watch, reader)));
            }
        }
    });
    events(&app, changes)
}

pub async fn case(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Events, WebError> {
    app.actions.may_read(&signed_in.actor(), CaseId(id), &[]).await?;
    let watch = Watch { news: app.actions.news(), editors: app.editors().changes(), only: Some(CaseId(id)) };
    let changes = stream::unfold(watch, async |mut watch| {
        watch.changed().await?;
        Some(((), watch))
    });
    events(&app, changes)
}

/// Asked anew each time: rights may have changed since the page was opened. When in doubt the page looks: it asks with its own rights.
async fn may_be_seen(app: &App, reader: UserId, changed: &Changed) -> bool {
    let reach = app.db.directory().reach(reader);
    match changed {
        _ if reach == Reach::All => true,
        Changed::Unknown => true,
        Changed::Cases(cases) => app.db.any_in_reach(cases, &reach).await.unwrap_or(true),
    }
}

/// Calls, operators and queues.
pub async fn board(State(app): State<App>, signed_in: SignedIn) -> Result<Events, WebError> {
    signed_in.require(Right::ReadBoard)?;
    let boards = app.telephony.as_ref().ok_or(WebError::NotFound)?.changed();
    let changes = stream::unfold(boards, async |mut boards| {
        boards.changed().await.ok()?;
        tokio::time::sleep(GATHER).await;
        boards.mark_unchanged();
        Some(((), boards))
    });
    events(&app, changes)
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

/// What happened within a moment.
#[derive(Debug, PartialEq, Eq)]
enum Changed {
    Cases(Vec<CaseId>),
    /// More than we looked at, or something that we missed.
    Unknown,
}

/// So many cases of one moment are looked at one by one; in a storm everybody looks.
const MOST_CASES: usize = 64;

struct Watch {
    news: Receiver<CaseNews>,
    /// Who began and who stopped to write; seen on the page of the case only.
    editors: Receiver<CaseId>,
    only: Option<CaseId>,
}

impl Watch {
    /// Returns when something that this page shows has changed; `None` when the program ends.
    async fn changed(&mut self) -> Option<Changed> {
        let first = self.first().await?;
        tokio::time::sleep(GATHER).await;
        Some(self.with_the_rest(first))
    }

    async fn first(&mut self) -> Option<Changed> {
        loop {
            let news = tokio::select! {
                news = self.news.recv() => news,
                editing = self.editors.recv(), if self.only.is_some() => match editing {
                    Ok(case) if self.only == Some(case) => return Some(Changed::Cases(vec![case])),
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => return Some(Changed::Unknown),
                    Err(RecvError::Closed) => return None,
                },
            };
            match news {
                Ok(news) if self.concerns(news) => return Some(Changed::Cases(vec![news.case])),
                Ok(_) => {}
                // We cannot know what we missed, so the page looks again.
                Err(RecvError::Lagged(_)) => return Some(Changed::Unknown),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// What came meanwhile is seen by the same look.
    fn with_the_rest(&mut self, first: Changed) -> Changed {
        while matches!(self.editors.try_recv(), Ok(_) | Err(TryRecvError::Lagged(_))) {}
        let mut all = first;
        loop {
            match self.news.try_recv() {
                Ok(news) => match &mut all {
                    Changed::Cases(cases) if cases.len() < MOST_CASES => {
                        if self.only.is_none() && !cases.contains(&news.case) {
                            cases.push(news.case);
                        }
                    }
                    _ => all = Changed::Unknown,
                },
                Err(TryRecvError::Lagged(_)) => all = Changed::Unknown,
                Err(_) => return all,
            }
        }
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
        let (_nobody, editors) = broadcast::channel(1);
        let mut watch = Watch { news: receiver, editors, only: None };
        for case in 0..100 {
            sender.send(news(case)).unwrap();
        }
        let first = watch.first().now_or_never().flatten().unwrap();
        assert_eq!(watch.with_the_rest(first), Changed::Unknown);
        assert_eq!(watch.first().now_or_never(), None);
        drop(sender);
        assert_eq!(watch.first().now_or_never(), Some(None));
    }

    #[test]
    fn the_cases_of_one_moment_are_named_once_each() {
        let (sender, receiver) = broadcast::channel(16);
        let (_nobody, editors) = broadcast::channel(1);
        let mut watch = Watch { news: receiver, editors, only: None };
        for case in [7, 8, 7] {
            sender.send(news(case)).unwrap();
        }
        let first = watch.first().now_or_never().flatten().unwrap();
        assert_eq!(watch.with_the_rest(first), Changed::Cases(vec![CaseId(7), CaseId(8)]));
    }

    #[test]
    fn the_page_of_a_case_hears_of_its_case_only() {
        let (sender, receiver) = broadcast::channel(16);
        let (_nobody, editors) = broadcast::channel(1);
        let mut watch = Watch { news: receiver, editors, only: Some(CaseId(7)) };
        sender.send(news(8)).unwrap();
        assert_eq!(watch.first().now_or_never(), None);
        sender.send(news(7)).unwrap();
        assert_eq!(watch.first().now_or_never(), Some(Some(Changed::Cases(vec![CaseId(7)]))));
    }
}
