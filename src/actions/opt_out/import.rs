//! A list of numbers and addresses that somebody else keeps: a register of those who may not be called, those who told another office. Looked
//! over line by line before, then written in pieces, so that neither the memory nor the only writer feels its length.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use crate::actions::audit::{Subject, SubjectKind, What};
use crate::actions::{ActionError, Actions, Actor};
use crate::domain::file::BlobHash;
use crate::domain::opt_out::list::{LONGEST_LINE, Reading, Wrong};
use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
use crate::domain::permission::Right;
use crate::store::event::By;
use crate::store::{Tx, Work};

/// A file that is kept already ([`Actions::keep_arrived`]), and what it means.
#[derive(Clone, Debug)]
pub struct ImportAsked {
    pub file: BlobHash,
    /// For telephone numbers without a channel of their own.
    pub numbers: Vec<OptOutChannel>,
    /// What list it is.
    pub remark: String,
}

/// What became of the lines, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    pub lines: u64,
    /// Not in the register before.
    pub new: u64,
    /// There already, or a second time in the list.
    pub known: u64,
    pub wrong: u64,
    /// The first of them.
    pub errors: Vec<ImportError>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportError {
    pub line: u64,
    pub why: String,
    /// How the line begins.
    pub words: String,
}

/// Lines that are read and written at once: some milliseconds of the only writer.
const AT_ONCE: usize = 500;
/// A country has fewer telephones that want no calls.
const MOST_LINES: u64 = 5_000_000;
/// Nobody mends more by hand.
const ERRORS: usize = 100;
const SHOWN_CHARS: usize = 60;

impl Actions {
    /// What an import would do, without doing it.
    pub async fn try_opt_out_import(
        &self,
        actor: &Actor,
        asked: &ImportAsked,
    ) -> Result<Imported, ActionError> {
        self.shared.allow(actor, Right::ImportOptOuts)?;
        self.import(asked, None).await
    }

    /// Lines that are wrong are left out, the others come into the register. Done again it changes nothing, so an import that was cut off is begun anew.
    pub async fn import_opt_outs(&self, actor: &Actor, asked: &ImportAsked) -> Result<Imported, ActionError> {
        self.shared.allow(actor, Right::ImportOptOuts)?;
        self.import(asked, Some(actor)).await
    }

    async fn import(&self, asked: &ImportAsked, actor: Option<&Actor>) -> Result<Imported, ActionError> {
        if asked.numbers.is_empty() || asked.numbers.contains(&OptOutChannel::Email) {
            return Err(ActionError::Invalid("numbers are for texts, for calls or for both".into()));
        }
        let remark = super::checked(&asked.remark)?;
        let opened = self.shared.db.blobs().open(&asked.file).await?;
        let (file, _) = opened.ok_or(ActionError::NotFound)?;
        let mut lines = BufReader::new(file);
        let mut done = Imported::default();
        let mut seen = HashSet::new();
        loop {
            let first = done.lines + 1;
            let piece = self.piece(asked, &mut lines, &mut done, &mut seen).await?;
            let added = match actor {
                Some(actor) if !piece.is_empty() => {
                    let work = ImportPiece {
                        actor: actor.clone(),
                        piece: piece.clone(),
                        remark: remark.clone(),
                        file: asked.file.clone(),
                        lines: (first, done.lines),
                        at: self.clock.now(),
                    };
                    self.shared.db.write(work).await?
                }
                Some(_) => 0,
                None => self.shared.db.opt_outs_missing(&piece).await?,
            };
            done.new += added;
            done.known += u64::try_from(piece.len()).unwrap_or(u64::MAX).saturating_sub(added);
            if done.lines < first {
                return Ok(done);
            }
        }
    }

    /// The next lines. At the end of the file none is counted.
    async fn piece(
        &self,
        asked: &ImportAsked,
        lines: &mut BufReader<tokio::fs::File>,
        done: &mut Imported,
        seen: &mut HashSet<u64>,
    ) -> Result<Vec<(OptOutChannel, String)>, ActionError> {
        let reading = Reading { country: &self.shared.cases.country, numbers: &asked.numbers };
        let mut piece = Vec::with_capacity(AT_ONCE);
        for _ in 0..AT_ONCE {
            let Some(line) = next_line(lines).await? else { break };
            done.lines += 1;
            if done.lines > MOST_LINES {
                return Err(ActionError::Invalid(format!("a list has at most {MOST_LINES} lines")));
            }
            let read = line.as_deref().map_or(Err(Wrong::TooLong), |line| reading.line(done.lines, line));
            match read {
                Ok(addresses) => {
                    for one in addresses {
                        let mut hasher = DefaultHasher::new();
                        one.hash(&mut hasher);
                        if seen.insert(hasher.finish()) {
                            piece.push(one);
                        } else {
                            done.known += 1;
                        }
                    }
                }
                Err(why) => {
                    done.wrong += 1;
                    if done.errors.len() < ERRORS {
                        let words = line.unwrap_or_default().chars().take(SHOWN_CHARS).collect();
                        done.errors.push(ImportError { line: done.lines, why: why.word().into(), words });
                    }
                }
            }
        }
        Ok(piece)
    }
}

/// `None` at the end, `Some(None)` for a line that is longer than a line may be, which is passed over.
async fn next_line(lines: &mut BufReader<tokio::fs::File>) -> Result<Option<Option<String>>, ActionError> {
    let failed = |error: std::io::Error| ActionError::Unavailable(error.to_string());
    let (mut line, mut too_long) = (Vec::new(), false);
    loop {
        let room = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
        let mut piece = Vec::new();
        let read = (&mut *lines).take(room).read_until(b'\n', &mut piece).await.map_err(failed)?;
        if read == 0 && line.is_empty() && !too_long {
            return Ok(None);
        }
        let ended = read == 0 || piece.ends_with(b"\n");
        too_long |= line.len() + piece.len() > LONGEST_LINE;
        if too_long {
            line.clear();
        } else {
            line.extend(piece);
        }
        if ended {
            return Ok(Some((!too_long).then(|| String::from_utf8_lossy(&line).into_owned())));
        }
    }
}

struct ImportPiece {
    actor: Actor,
    piece: Vec<(OptOutChannel, String)>,
    remark: String,
    file: BlobHash,
    lines: (u64, u64),
    at: Timestamp,
}

impl Work for ImportPiece {
    type Out = u64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, ActionError> {
        let by: By = self.actor.by();
        let about = (OptOutMeans::List, self.remark.as_str());
        let added = tx.put_opt_outs(&self.piece, about, (self.at, &by)).await?;
        let detail = json!({
            "file": self.file.to_string(), "lines": self.lines, "added": added, "list": self.remark,
        });
        let list = Subject::new(SubjectKind::List, "opt-outs");
        tx.audit(self.actor.audit(self.at, What::OptOutsImported, list, detail));
        Ok(added)
    }
}
