//! The register of addresses that are not to be sent messages to many.
//!
//! An address stands there as it is stored elsewhere. Of somebody who was erased a keyed digest of it stands there instead: it says nothing
//! to whoever reads the database, and still answers whether an address that comes again with a list is that one.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::event::By;
use super::sql::{LONGEST_LIST, Row, Value, args, pieces, places};
use super::tx::Tx;
use super::vault::Vault;
use super::{Db, StoreError};
use crate::domain::case::CaseRef;
use crate::domain::id::{InteractionId, OptOutId, OutboxId, PersonId, UserId};
use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
use crate::domain::person::ConsentKind;
use crate::domain::phone::PhoneNumber;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    pub id: OptOutId,
    pub channel: OptOutChannel,
    /// `None`: it is erased.
    pub address: Option<String>,
    pub means: OptOutMeans,
    /// Why, and what else is to be known.
    pub remark: String,
    pub at: Timestamp,
    pub actor: Option<UserId>,
    pub token: Option<String>,
}

#[derive(Clone, Debug)]
pub struct NewOptOut<'a> {
    pub channel: OptOutChannel,
    pub address: &'a str,
    pub means: OptOutMeans,
    pub remark: &'a str,
    pub at: Timestamp,
    pub by: &'a By,
}

/// What the register is asked for; latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptOutFilter {
    pub channel: Option<OptOutChannel>,
    pub means: Option<OptOutMeans>,
    /// Of an address, from its first letter or digit on.
    pub begins: String,
}

/// An answer to STOP or START, which belongs to a case or to none.
#[derive(Clone, Debug)]
pub struct OptOutReceipt<'a> {
    pub case: Option<&'a CaseRef>,
    pub interaction: InteractionId,
    pub template: &'a str,
    pub to: &'a PhoneNumber,
    pub words: &'a str,
    pub at: Timestamp,
}

/// Templates of the answers to STOP and START.
pub const OPTED_OUT: &str = "opted_out";
pub const OPTED_IN: &str = "opted_in";

/// Before what is left of an erased address. No address begins with it.
const ERASED: char = '#';
const COLUMNS: &str = "id, channel, key, means, remark, at, actor_id, token";
/// Two statements, each with two keys for an address at most.
const AT_ONCE: usize = LONGEST_LIST * 8;
/// The last consent of the person and of whoever was merged with them counts.
const LAST_CONSENT: &str = "(SELECT c.given FROM person_consent c WHERE c.kind = $2 AND c.person_id IN \
     (SELECT g.id FROM person g WHERE g.id = COALESCE(o.merged_into, o.id) OR g.merged_into = COALESCE(o.merged_into, o.id)) \
     ORDER BY c.at DESC LIMIT 1)";

impl Vault {
    /// What is kept of an address that is erased.
    pub fn erased_address(&self, address: &str) -> String {
        format!("{ERASED}{}", URL_SAFE_NO_PAD.encode(self.mark("opt-out", address.as_bytes())))
    }
}

impl Db {
    /// Those of `addresses` (as they are stored) that are not to be sent messages to many by this channel: because they stand in the register, also as
    /// those of somebody who was erased, or because whoever has them withdrew the consent to be written to there. Any number of them; the work is some
    /// microseconds for each.
    pub async fn opted_out(
        &self,
        channel: OptOutChannel,
        addresses: &[String],
    ) -> Result<HashSet<String>, StoreError> {
        let mut out = HashSet::new();
        for piece in addresses.chunks(AT_ONCE) {
            let asked = Asked::new(self.vault(), channel, piece);
            for (sql, values) in asked.statements() {
                asked.found(&self.all(AssertSqlSafe(sql), values).await?, &mut out)?;
            }
        }
        Ok(out)
    }

    /// Latest first.
    pub async fn opt_outs(
        &self,
        filter: &OptOutFilter,
        before: Option<OptOutId>,
        limit: u32,
    ) -> Result<Vec<OptOut>, StoreError> {
        let mut values = args![before.map_or(i64::MAX, |id| id.0), i64::from(limit)];
        let mut conditions = String::new();
        let mut and = |condition: &str, value: Value, values: &mut Vec<Value>| {
            values.push(value);
            conditions.push_str(&format!(" AND {condition} ${}", values.len()));
        };
        if let Some(channel) = filter.channel {
            and("channel =", channel.into(), &mut values);
        }
        if let Some(means) = filter.means {
            and("means =", means.into(), &mut values);
        }
        if !filter.begins.is_empty() {
            // Of one order in both databases, which is that of the octets.
            and("key >=", filter.begins.as_str().into(), &mut values);
            and("key <", format!("{}\u{10ffff}", filter.begins).into(), &mut values);
        }
        let sql =
            format!("SELECT {COLUMNS} FROM opt_out WHERE id < $1{conditions} ORDER BY id DESC LIMIT $2");
        self.all(AssertSqlSafe(sql), values).await?.iter().map(opt_out).collect()
    }

    /// How many of these are not in the register, as [`Tx::put_opt_outs`] would find.
    pub async fn opt_outs_missing(&self, list: &[(OptOutChannel, String)]) -> Result<u64, StoreError> {
        let mut missing = list.len() as u64;
        for channel in OptOutChannel::ALL {
            let keys: Vec<&str> =
                list.iter().filter(|(of, _)| of == channel).map(|(_, address)| address.as_str()).collect();
            for piece in pieces(&keys) {
                let sql = format!(
                    "SELECT COUNT(*) FROM opt_out WHERE channel = $1 AND key IN ({})",
                    keys_list(piece.len(), 2)
                );
                let mut values = args![*channel];
                values.extend(piece.iter().map(|key| Value::from(*key)));
                let found = self.optional(AssertSqlSafe(sql), values).await?;
                let found = found.map_or(Ok(0), |row| row.get::<i64>(0))?;
                missing = missing.saturating_sub(found.unsigned_abs());
            }
        }
        Ok(missing)
    }

    pub async fn opt_out(&self, id: OptOutId) -> Result<Option<OptOut>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM opt_out WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(opt_out).transpose()
    }

    /// What the register has of these addresses, with the address each is about, also of one that was erased before it came again.
    pub async fn opt_outs_of(&self, addresses: &[String]) -> Result<Vec<(String, OptOut)>, StoreError> {
        let mut found = Vec::new();
        for piece in pieces(addresses) {
            let keys: HashMap<String, &String> = piece
                .iter()
                .flat_map(|address| {
                    [(address.clone(), address), (self.vault().erased_address(address), address)]
                })
                .collect();
            let sql = format!(
                "SELECT {COLUMNS}, key FROM opt_out WHERE key IN ({}) ORDER BY id",
                keys_list(keys.len(), 1)
            );
            let values = keys.keys().map(|key| key.as_str().into()).collect();
            for row in self.all(AssertSqlSafe(sql), values).await? {
                let key: String = row.get(8)?;
                if let Some(address) = keys.get(&key) {
                    found.push(((*address).clone(), opt_out(&row)?));
                }
            }
        }
        Ok(found)
    }

    /// Of the person and of whoever was merged into them.
    pub async fn opt_outs_of_person(&self, person: PersonId) -> Result<Vec<(String, OptOut)>, StoreError> {
        let points = self.contact_points(person).await?;
        let addresses: Vec<String> =
            points.into_iter().filter(|point| point.kind != "address").map(|point| point.value).collect();
        self.opt_outs_of(&addresses).await
    }
}

impl Tx<'_> {
    /// See [`Db::opted_out`].
    pub async fn opted_out(
        &mut self,
        vault: &Vault,
        channel: OptOutChannel,
        addresses: &[String],
    ) -> Result<HashSet<String>, StoreError> {
        let mut out = HashSet::new();
        for piece in addresses.chunks(AT_ONCE) {
            let asked = Asked::new(vault, channel, piece);
            for (sql, values) in asked.statements() {
                asked.found(&self.all(AssertSqlSafe(sql), values).await?, &mut out)?;
            }
        }
        Ok(out)
    }

    /// The new row; `None` when it stands there already, with what was known first.
    pub async fn put_opt_out(
        &mut self,
        vault: &Vault,
        new: &NewOptOut<'_>,
    ) -> Result<Option<OptOutId>, StoreError> {
        if self.opt_out_row(vault, new.channel, new.address).await?.is_some() {
            return Ok(None);
        }
        let sql = "INSERT INTO opt_out (channel, key, means, remark, at, actor_id, token) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key, channel) DO NOTHING";
        let by = new.by;
        let values =
            args![new.channel, new.address, new.means, new.remark, new.at, by.user, by.token.as_deref()];
        Ok(self.insert(sql, values).await?.map(OptOutId))
    }

    /// Of an address, in plain or erased.
    pub async fn opt_out_row(
        &mut self,
        vault: &Vault,
        channel: OptOutChannel,
        address: &str,
    ) -> Result<Option<OptOutId>, StoreError> {
        let sql = "SELECT id FROM opt_out WHERE channel = $1 AND key IN ($2, $3)";
        let values = args![channel, address, vault.erased_address(address)];
        self.optional(sql, values).await?.map(|row| row.get(0)).transpose()
    }

    /// Locked until the end of the transaction.
    pub async fn opt_out(&mut self, id: OptOutId) -> Result<Option<OptOut>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM opt_out WHERE id = $1{lock}"));
        self.optional(sql, args![id]).await?.as_ref().map(opt_out).transpose()
    }

    pub async fn drop_opt_out(&mut self, id: OptOutId) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM opt_out WHERE id = $1", args![id]).await? > 0)
    }

    /// Many of one list; how many were not there before.
    pub async fn put_opt_outs(
        &mut self,
        list: &[(OptOutChannel, String)],
        (means, remark): (OptOutMeans, &str),
        (at, by): (Timestamp, &By),
    ) -> Result<u64, StoreError> {
        let mut added = 0;
        for piece in pieces(list) {
            let sql = format!(
                "INSERT INTO opt_out (channel, key, means, remark, at, actor_id, token) VALUES {} \
                 ON CONFLICT (key, channel) DO NOTHING",
                places(piece.len(), 7)
            );
            let mut values = Vec::with_capacity(piece.len() * 7);
            for (channel, address) in piece {
                values.extend(args![
                    *channel,
                    address.as_str(),
                    means,
                    remark,
                    at,
                    by.user,
                    by.token.as_deref()
                ]);
            }
            added += self.execute(AssertSqlSafe(sql), values).await?;
        }
        Ok(added)
    }

    /// Whether a message to many went to this address since then.
    pub async fn was_sent_to_many(
        &mut self,
        channel: OptOutChannel,
        address: &str,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM outbox WHERE recipient = $1 AND created_at >= $2 AND case_id IS NULL \
             AND recipient_id IS NOT NULL AND channel = $3 LIMIT 1";
        Ok(self.optional(sql, args![address, since, channel]).await?.is_some())
    }

    /// Whether STOP or START of this number was answered since then.
    pub async fn opt_out_was_answered(
        &mut self,
        number: &PhoneNumber,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT m.id FROM outbox m JOIN interaction i ON i.id = m.interaction_id \
             WHERE i.state = 'opt_out' AND i.caller = $1 AND m.created_at >= $2 LIMIT 1";
        Ok(self.optional(sql, args![number.as_str(), since]).await?.is_some())
    }

    pub async fn queue_opt_out_receipt(
        &mut self,
        receipt: &OptOutReceipt<'_>,
    ) -> Result<OutboxId, StoreError> {
        let sql = "INSERT INTO outbox \
             (case_id, interaction_id, template, recipient, words, state, due_at, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, 'queued', $6, $6, $6)";
        let case = receipt.case.map(|case| case.id);
        let (to, words, at) = (receipt.to.as_str(), receipt.words, receipt.at);
        Ok(OutboxId(
            self.insert_one(sql, args![case, receipt.interaction, receipt.template, to, words, at]).await?,
        ))
    }

    /// The latest word of the person, and of whoever was merged with them, on this.
    pub async fn last_consent(
        &mut self,
        person: PersonId,
        kind: ConsentKind,
    ) -> Result<Option<bool>, StoreError> {
        let sql = "SELECT c.given FROM person_consent c WHERE c.kind = $2 AND c.person_id IN \
             (SELECT g.id FROM person g WHERE g.id = $1 OR g.merged_into = $1) ORDER BY c.at DESC LIMIT 1";
        self.optional(sql, args![person, kind]).await?.map(|row| row.get(0)).transpose()
    }

    /// The text asked for nothing else: what is found by it is found by its state.
    pub async fn is_an_opt_out(&mut self, id: InteractionId) -> Result<(), StoreError> {
        self.execute("UPDATE interaction SET state = 'opt_out' WHERE id = $1", args![id]).await.map(drop)
    }

    /// Before the address goes: what is to be known of it stays as a digest. Whoever withdrew a consent stands in the register from now on, for the
    /// consent goes with the card; `asked`: also who asked to be erased.
    pub(super) async fn erase_opt_outs(
        &mut self,
        vault: &Vault,
        addresses: &[String],
        asked: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for channel in OptOutChannel::ALL {
            let mine: Vec<String> = addresses
                .iter()
                .filter(|address| address.contains('@') == (*channel == OptOutChannel::Email))
                .cloned()
                .collect();
            let out = self.opted_out(vault, *channel, &mine).await?;
            for address in &mine {
                let key = vault.erased_address(address);
                // Erased before, and here again since.
                let known = "SELECT id FROM opt_out WHERE channel = $1 AND key = $2";
                if self.optional(known, args![*channel, key.as_str()]).await?.is_some() {
                    let sql = "DELETE FROM opt_out WHERE channel = $1 AND key = $2";
                    self.execute(sql, args![*channel, address.as_str()]).await?;
                    continue;
                }
                let sql = "UPDATE opt_out SET key = $3, remark = '' WHERE channel = $1 AND key = $2";
                let values = args![*channel, address.as_str(), key.as_str()];
                if self.execute(sql, values).await? == 0 && (asked || out.contains(address)) {
                    let sql = "INSERT INTO opt_out (channel, key, means, at) VALUES ($1, $2, $3, $4)";
                    let values = args![*channel, key, OptOutMeans::Erasure, at];
                    self.execute(sql, values).await?;
                }
            }
        }
        Ok(())
    }
}

/// Some addresses of one channel, with the keys that they may stand under.
struct Asked<'a> {
    channel: OptOutChannel,
    keys: HashMap<String, &'a String>,
    addresses: &'a [String],
}

impl<'a> Asked<'a> {
    fn new(vault: &Vault, channel: OptOutChannel, addresses: &'a [String]) -> Self {
        let both =
            |address: &'a String| [(address.clone(), address), (vault.erased_address(address), address)];
        Self { channel, keys: addresses.iter().flat_map(both).collect(), addresses }
    }

    /// Each finds keys.
    fn statements(&self) -> Vec<(String, Vec<Value>)> {
        let mut values = args![self.channel];
        values.extend(self.keys.keys().map(|key| Value::from(key.as_str())));
        let sql = format!(
            "SELECT key FROM opt_out WHERE channel = $1 AND key IN ({})",
            keys_list(self.keys.len(), 2)
        );
        let mut statements = vec![(sql, values)];
        if let Some(consent) = self.channel.consent() {
            let mut values = args![self.channel.point(), consent];
            values.extend(self.addresses.iter().map(|address| Value::from(address.as_str())));
            let sql = format!(
                "SELECT cp.value FROM contact_point cp JOIN person o ON o.id = cp.person_id \
                 WHERE cp.kind = $1 AND cp.value IN ({}) AND {LAST_CONSENT} = 0",
                keys_list(self.addresses.len(), 3)
            );
            statements.push((sql, values));
        }
        statements
    }

    fn found(&self, rows: &[Row], out: &mut HashSet<String>) -> Result<(), StoreError> {
        for row in rows {
            let key: String = row.get(0)?;
            out.extend(self.keys.get(&key).map(|address| (*address).clone()));
        }
        Ok(())
    }
}

/// `$3,$4,$5`
fn keys_list(length: usize, first: usize) -> String {
    (first..first + length).map(|place| format!("${place}")).collect::<Vec<_>>().join(",")
}

fn opt_out(row: &Row) -> Result<OptOut, StoreError> {
    let mut r = row.reader();
    let (id, channel) = (r.next()?, r.next()?);
    let key: String = r.next()?;
    Ok(OptOut {
        id,
        channel,
        address: (!key.starts_with(ERASED)).then_some(key),
        means: r.next()?,
        remark: r.next()?,
        at: r.next()?,
        actor: r.next()?,
        token: r.next()?,
    })
}
