//! One IMAP connection (RFC 3501, IDLE of RFC 2177, MOVE of RFC 6851). Every command has a time to be answered in.

use std::future::Future;
use std::time::Duration;

use async_imap::Client;
use async_imap::error::Error;
use futures_util::TryStreamExt;
use tokio::net::TcpStream;

use super::super::tls::{Believed, Wire};
use super::{LONGEST_HEAD, Lost};
use crate::config::mail::{Imap, Tls};

/// A firewall that swallows packets is noticed after this, not after the minutes of the kernel.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The slowest line on which a big mail still comes.
const SLOWEST_BYTES_PER_S: u64 = 20_000;

type Imaps = async_imap::Session<Box<dyn Wire>>;

#[derive(Debug)]
pub(super) struct Session {
    /// `None` only while IDLE has it, or after a failure.
    imap: Option<Imaps>,
    patience: Duration,
    pub uid_validity: u32,
    pub can_idle: bool,
    can_move: bool,
    can_uid_expunge: bool,
}

/// Which mails are searched.
#[derive(Debug)]
pub(super) enum Start {
    /// Numbers above this one.
    After(u32),
    /// `23-Nov-2026`
    Unseen { or_since: Option<String> },
}

impl Session {
    pub async fn open(settings: &Imap) -> Result<Self, Lost> {
        let patience = Duration::from_secs(settings.response_timeout_s.into());
        let client = timed(patience, connect(settings)).await??;
        let (user, password) = (&settings.user, &settings.password);
        let logged_in = timed(patience, client.login(user, password)).await?;
        let mut imap = logged_in.map_err(|(error, _)| match error {
            Error::No(why) | Error::Bad(why) => Lost::Refused(why),
            other => broken(other),
        })?;
        let can = timed(patience, imap.capabilities()).await?.map_err(broken)?;
        let (can_idle, can_move) = (can.has_str("IDLE"), can.has_str("MOVE"));
        let can_uid_expunge = can.has_str("UIDPLUS");
        if !settings.done_folder.is_empty() {
            // It is there already, usually.
            let _ = timed(patience, imap.create(&settings.done_folder)).await?;
        }
        let selected =
            timed(patience, imap.select(&settings.folder)).await?.map_err(|error| match error {
                Error::No(why) | Error::Bad(why) => Lost::Refused(format!("{}: {why}", settings.folder)),
                other => broken(other),
            })?;
        let uid_validity = selected.uid_validity.unwrap_or(0);
        Ok(Self { imap: Some(imap), patience, uid_validity, can_idle, can_move, can_uid_expunge })
    }

    /// In the order of their numbers.
    pub async fn search(&mut self, start: Start) -> Result<Vec<u32>, Lost> {
        let query = match &start {
            Start::After(last) => format!("UID {}:*", last.saturating_add(1)),
            Start::Unseen { or_since: None } => "UNSEEN".to_owned(),
            Start::Unseen { or_since: Some(day) } => format!("OR UNSEEN SINCE {day}"),
        };
        let (patience, imap) = self.parts()?;
        let found = timed(patience, imap.uid_search(query)).await?.map_err(broken)?;
        // `*` is the last mail, also when its number is below the first one of the range (RFC 3501 §6.4.8).
        let above = |uid: &u32| !matches!(start, Start::After(last) if *uid <= last);
        let mut uids: Vec<u32> = found.into_iter().filter(above).collect();
        uids.sort_unstable();
        Ok(uids)
    }

    /// The highest number that is there; 0 for an empty mailbox.
    pub async fn last_uid(&mut self) -> Result<u32, Lost> {
        let (patience, imap) = self.parts()?;
        let found = timed(patience, imap.uid_search("UID *")).await?.map_err(broken)?;
        Ok(found.into_iter().max().unwrap_or(0))
    }

    /// Number and size of each, in the order of the numbers. What is gone is left out.
    pub async fn sizes(&mut self, uids: &[u32]) -> Result<Vec<(u32, u32)>, Lost> {
        let list = uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let (patience, imap) = self.parts()?;
        let fetched = timed(patience, async {
            imap.uid_fetch(list, "(UID RFC822.SIZE)").await?.try_collect::<Vec<_>>().await
        });
        let fetched = fetched.await?.map_err(broken)?;
        let mut sizes: Vec<(u32, u32)> =
            fetched.iter().filter_map(|fetch| Some((fetch.uid?, fetch.size?))).collect();
        sizes.retain(|(uid, _)| uids.contains(uid));
        sizes.sort_unstable();
        sizes.dedup_by_key(|(uid, _)| *uid);
        Ok(sizes)
    }

    /// The whole mail, which stays unseen.
    pub async fn fetch(&mut self, uid: u32, size: u32) -> Result<Option<Vec<u8>>, Lost> {
        self.body(uid, "(UID BODY.PEEK[])".to_owned(), size).await
    }

    pub async fn fetch_head(&mut self, uid: u32) -> Result<Option<Vec<u8>>, Lost> {
        self.body(uid, format!("(UID BODY.PEEK[HEADER]<0.{LONGEST_HEAD}>)"), LONGEST_HEAD).await
    }

    async fn body(&mut self, uid: u32, what: String, size: u32) -> Result<Option<Vec<u8>>, Lost> {
        let (patience, imap) = self.parts()?;
        let patience = patience + Duration::from_secs(u64::from(size) / SLOWEST_BYTES_PER_S);
        let fetched = timed(patience, async {
            imap.uid_fetch(uid.to_string(), what).await?.try_collect::<Vec<_>>().await
        });
        let fetched = fetched.await?.map_err(broken)?;
        let ours = fetched.iter().filter(|fetch| fetch.uid == Some(uid));
        Ok(ours.filter_map(|fetch| fetch.body().or_else(|| fetch.header())).next().map(<[u8]>::to_vec))
    }

    /// Its case is written: moved to the folder of done mails, or marked as seen. A mail that is gone needs neither.
    pub async fn mark(&mut self, uid: u32, settings: &Imap) -> Result<(), Lost> {
        if uid == 0 {
            return Ok(());
        }
        let (can_move, can_uid_expunge) = (self.can_move, self.can_uid_expunge);
        let (patience, imap) = self.parts()?;
        let (uid, folder) = (uid.to_string(), &settings.done_folder);
        let marked = timed(patience, async {
            imap.uid_store(&uid, "+FLAGS.SILENT (\\Seen)").await?.try_collect::<Vec<_>>().await?;
            if folder.is_empty() {
                return Ok(());
            }
            if can_move {
                return imap.uid_mv(&uid, folder).await;
            }
            imap.uid_copy(&uid, folder).await?;
            imap.uid_store(&uid, "+FLAGS.SILENT (\\Deleted)").await?.try_collect::<Vec<_>>().await?;
            if can_uid_expunge {
                imap.uid_expunge(&uid).await?.try_collect::<Vec<_>>().await?;
            }
            Ok(())
        });
        match marked.await? {
            Ok(()) => Ok(()),
            // A full quota, a read-only folder: the mail is a case all the same, and is not fetched again.
            Err(Error::No(why) | Error::Bad(why)) => {
                tracing::warn!(error = why, "an e-mail that became a case could not be marked");
                Ok(())
            }
            Err(other) => Err(broken(other)),
        }
    }

    /// Until something is new, or so long.
    pub async fn wait(&mut self, at_most: Duration) -> Result<(), Lost> {
        if !self.can_idle {
            tokio::time::sleep(at_most).await;
            // Says what is new, and keeps the connection.
            let (patience, imap) = self.parts()?;
            return timed(patience, imap.noop()).await?.map_err(broken);
        }
        let imap = self.imap.take().ok_or_else(|| Lost::Broken("no connection".into()))?;
        let mut idle = imap.idle();
        timed(self.patience, idle.init()).await?.map_err(broken)?;
        {
            let (news, _interrupt) = idle.wait_with_timeout(at_most);
            // The library resets its time at every line; a server that chats must not keep us from looking.
            if let Ok(news) = tokio::time::timeout(at_most, news).await {
                news.map_err(broken)?;
            }
        }
        self.imap = Some(timed(self.patience, idle.done()).await?.map_err(broken)?);
        Ok(())
    }

    fn parts(&mut self) -> Result<(Duration, &mut Imaps), Lost> {
        let imap = self.imap.as_mut().ok_or_else(|| Lost::Broken("no connection".into()))?;
        Ok((self.patience, imap))
    }
}

async fn connect(settings: &Imap) -> Result<Client<Box<dyn Wire>>, Lost> {
    let (tls, ca, host) = (settings.tls, settings.tls_ca.clone(), settings.host.clone());
    let believed = tokio::task::spawn_blocking(move || Believed::of(tls, &ca, &host));
    let believed = believed.await.map_err(|e| Lost::Broken(e.to_string()))?.map_err(Lost::Refused)?;
    let connecting = TcpStream::connect((settings.host.as_str(), settings.port));
    let tcp = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
    let tcp = tcp.map_err(|_| Lost::Broken("no answer to the connection".into()))?;
    let tcp = tcp.map_err(|e| Lost::Broken(e.to_string()))?;
    let _ = tcp.set_nodelay(true);
    let mut wire: Box<dyn Wire> = Box::new(tcp);
    if let (Tls::Implicit, Some(believed)) = (settings.tls, &believed) {
        wire = believed.handshake(wire).await.map_err(Lost::Broken)?;
    }
    let mut client = Client::new(wire);
    let greeting = client.read_response().await.map_err(|e| Lost::Broken(e.to_string()))?;
    if greeting.is_none() {
        return Err(Lost::Broken("the server hung up".into()));
    }
    if let (Tls::Starttls, Some(believed)) = (settings.tls, &believed) {
        let agreed = client.run_command_and_check_ok("STARTTLS", None).await;
        agreed.map_err(|e| Lost::Refused(format!("STARTTLS: {e}")))?;
        // What the server may have said in the clear after its answer is thrown away with the buffer.
        let wire = believed.handshake(client.into_inner()).await.map_err(Lost::Broken)?;
        client = Client::new(wire);
    }
    Ok(client)
}

async fn timed<T>(patience: Duration, command: impl Future<Output = T>) -> Result<T, Lost> {
    let answered = tokio::time::timeout(patience, command).await;
    answered.map_err(|_| Lost::Broken(format!("no answer within {} s", patience.as_secs())))
}

fn broken(error: Error) -> Lost {
    Lost::Broken(error.to_string())
}
