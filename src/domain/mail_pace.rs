//! How fast mails go out: so many a second to the server, so many a minute and at once to each domain, and slower to a domain that says "later".
//! Others go on meanwhile. Time is given; nothing waits here.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

/// What one domain takes. Zero: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DomainLimit {
    pub per_minute: u32,
    /// At once.
    pub connections: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// To the server. Zero: no limit.
    pub per_second: u32,
    /// Of domains without one of their own.
    pub usual: DomainLimit,
    /// In small letters.
    pub domains: HashMap<String, DomainLimit>,
}

/// What a mail is told that wants to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// [`Pace::done`] must follow.
    Go,
    /// Its domain takes it then, as far as is known.
    NotBefore(Timestamp),
}

/// How a mail that went ended, as far as the pace is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// The domain takes mails, this one or not.
    Taken,
    /// It says that it takes none now.
    Later,
    /// Nothing is known of the domain: the mail did not get there.
    NotThere,
}

/// A second's worth at once: connections do not all wait for their slots.
const SERVER_BURST: i64 = SECOND;
/// Ten seconds' worth for a domain.
const DOMAIN_BURST: i64 = 10 * SECOND;
/// What mails to many leave of that for those about a case.
const LEFT_FOR_CASES: i64 = 2 * SECOND;
/// A mail that waits for a connection is taken to cost so long, so that those behind it come later.
const A_MAIL_TAKES: i64 = SECOND / 10;
/// Put off no further: a limit may be raised, or a domain better, before the last mail's turn would come.
const FURTHEST: i64 = 3_600 * SECOND;
/// After "later": doubling, until it takes one.
const FIRST_BACK_OFF: i64 = 60 * SECOND;
const LONGEST_BACK_OFF: i64 = 3_600 * SECOND;
/// Domains that are remembered. A town writes to some hundred; forgotten are those that rest.
const REMEMBERED: usize = 10_000;
const SECOND: i64 = 1_000_000;

#[derive(Debug, Default)]
struct Domain {
    under_way: u32,
    /// When the next mail is due at an even pace.
    next: i64,
    /// The slot that was given to the last mail that was put off.
    last_slot: i64,
    /// Nothing before.
    blocked_until: i64,
    back_off: i64,
}

#[derive(Debug)]
pub struct Pace {
    limits: Limits,
    next: i64,
    domains: HashMap<String, Domain>,
}

impl Pace {
    pub fn new(limits: Limits) -> Self {
        Self { limits, next: 0, domains: HashMap::new() }
    }

    /// How many the server takes now, at most `wanted`.
    pub fn room(&self, wanted: u32, now: Timestamp) -> u32 {
        let Some(gap) = gap(self.limits.per_second, SECOND) else { return wanted };
        let now = now.as_microsecond();
        let free = (now + SERVER_BURST - self.next.max(now)) / gap;
        u32::try_from(free).unwrap_or(0).min(wanted)
    }

    /// Until there is room for one.
    pub fn wait(&self, now: Timestamp) -> Duration {
        let gap = gap(self.limits.per_second, SECOND).unwrap_or(0);
        let wait = self.next + gap - SERVER_BURST - now.as_microsecond();
        Duration::from_micros(u64::try_from(wait).unwrap_or(0))
    }

    /// Right before it would be sent. `to_many`: it leaves something to those about a case.
    pub fn ask(&mut self, domain: &str, to_many: bool, now: Timestamp) -> Answer {
        self.forget(now);
        let limit = self.limits.domains.get(domain).copied().unwrap_or(self.limits.usual);
        let at = now.as_microsecond();
        let known = self.domains.entry(domain.to_owned()).or_default();
        let even = gap(limit.per_minute, 60 * SECOND);
        let burst = if to_many { DOMAIN_BURST - LEFT_FOR_CASES } else { DOMAIN_BURST };
        // One at least goes at once, however slow the pace.
        let burst = burst.max(even.unwrap_or(0));
        let full = limit.connections > 0 && known.under_way >= limit.connections;
        let next = known.next.max(at);
        let too_fast = even.is_some_and(|gap| next + gap > at + burst);
        // While it says "later" one mail a time finds out whether it still does.
        let blocked = known.blocked_until > at || (known.back_off > 0 && known.under_way > 0);
        if !full && !too_fast && !blocked {
            known.under_way += 1;
            known.next = even.map_or(0, |gap| next + gap);
            if let Some(gap) = gap(self.limits.per_second, SECOND) {
                self.next = self.next.max(at) + gap;
            }
            return Answer::Go;
        }
        let slot = even.unwrap_or(0).max(A_MAIL_TAKES / i64::from(limit.connections.max(1)));
        let earliest = known.blocked_until.max(at + SECOND);
        // Those about a case come next; of the others each has a place in the line.
        let then = if to_many { earliest.max(known.last_slot + slot) } else { earliest };
        let then = then.min(at.max(known.blocked_until) + FURTHEST);
        if to_many {
            known.last_slot = then;
        }
        Answer::NotBefore(Timestamp::from_microsecond(then).unwrap_or(now))
    }

    pub fn done(&mut self, domain: &str, went: Went, now: Timestamp) {
        let Some(known) = self.domains.get_mut(domain) else { return };
        known.under_way = known.under_way.saturating_sub(1);
        match went {
            Went::Taken => (known.back_off, known.blocked_until) = (0, 0),
            Went::Later => {
                known.back_off = (known.back_off * 2).clamp(FIRST_BACK_OFF, LONGEST_BACK_OFF);
                known.blocked_until = now.as_microsecond() + known.back_off;
            }
            Went::NotThere => {}
        }
    }

    /// Domains that take nothing now, and until when.
    pub fn resting(&self, now: Timestamp) -> usize {
        self.domains.values().filter(|known| known.blocked_until > now.as_microsecond()).count()
    }

    fn forget(&mut self, now: Timestamp) {
        if self.domains.len() >= REMEMBERED {
            let now = now.as_microsecond();
            self.domains.retain(|_, known| {
                known.under_way > 0 || known.next.max(known.last_slot).max(known.blocked_until) > now
            });
        }
    }
}

/// Between two at an even pace; `None`: there is no limit.
fn gap(many: u32, within: i64) -> Option<i64> {
    (many > 0).then(|| (within / i64::from(many)).max(1))
}

/// Whether a refusal for now is about all mails to the domain. One mailbox that is full, and a server that wants to see one sender again later
/// (greylisting), say nothing of the others; receipts of citizens must not wait for them.
pub fn is_about_domain(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    let mut words = reason.split(|c: char| !c.is_alphanumeric() && c != '.');
    // RFC 5321 §3.8: the service is not available. RFC 3463 §3.4, §3.5: it takes nothing now, it is congested. 4.7.28 is what the largest ones say.
    words.any(|word| matches!(word, "421" | "4.3.2" | "4.4.5" | "4.7.28"))
        || ["too many", "rate limit", "throttl", "too fast"].iter().any(|said| reason.contains(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GMAIL: DomainLimit = DomainLimit { per_minute: 60, connections: 2 };

    fn pace(per_second: u32) -> Pace {
        let domains = HashMap::from([("gmail.com".to_owned(), GMAIL)]);
        Pace::new(Limits { per_second, usual: DomainLimit::default(), domains })
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap()
    }

    /// Sends everything in virtual time, each taking 20 ms; when each went. A mail that is put off comes when it was told, and not before.
    fn run(
        pace: &mut Pace,
        mut waiting: Vec<(i64, &'static str, bool)>,
        until: i64,
    ) -> (Vec<(i64, &'static str, bool)>, usize) {
        let (mut went, mut put_off, mut under_way) = (Vec::new(), 0, Vec::<(i64, &str)>::new());
        for now in (0..until).step_by(10) {
            under_way.retain(|(end, domain)| {
                let is_over = *end <= now;
                if is_over {
                    pace.done(domain, Went::Taken, at(now));
                }
                !is_over
            });
            waiting.sort_by_key(|(due, _, to_many)| (*to_many, *due));
            for mail in &mut waiting {
                if mail.0 > now || pace.room(1, at(now)) == 0 {
                    continue;
                }
                match pace.ask(mail.1, mail.2, at(now)) {
                    Answer::Go => {
                        went.push((now, mail.1, mail.2));
                        under_way.push((now + 20, mail.1));
                        mail.0 = i64::MAX;
                    }
                    Answer::NotBefore(then) => {
                        assert!(then > at(now), "no busy loop");
                        put_off += 1;
                        mail.0 = then.as_millisecond() - at(0).as_millisecond();
                    }
                }
            }
            waiting.retain(|mail| mail.0 < i64::MAX);
        }
        (went, put_off)
    }

    #[test]
    fn a_domain_gets_no_more_than_it_takes_and_each_mail_waits_for_its_turn() {
        let mut pace = pace(0);
        let (went, put_off) = run(&mut pace, vec![(0, "gmail.com", true); 300], 240_000);
        assert!((240..=252).contains(&went.len()), "60 a minute and the first burst: {}", went.len());
        for start in (0..180_000).step_by(10_000) {
            let minute = went.iter().filter(|(ms, ..)| (start..start + 60_000).contains(ms)).count();
            assert!(minute <= 70, "{minute} from {start}");
        }
        assert!(put_off < 900, "put off {put_off} times");
    }

    #[test]
    fn others_go_on_and_what_is_about_a_case_goes_before() {
        let mut pace = pace(0);
        let mut mails = vec![(0, "gmail.com", true); 100];
        mails.extend(vec![(0, "grad.rs", true); 50]);
        mails.push((30_000, "gmail.com", false));
        let (went, _) = run(&mut pace, mails, 40_000);
        let others = went.iter().filter(|(ms, domain, _)| *domain == "grad.rs" && *ms == 0).count();
        assert_eq!(others, 50);
        let case = went.iter().find(|(.., to_many)| !to_many).unwrap();
        assert!(case.0 <= 31_000, "{case:?}");
    }

    #[test]
    fn server_gets_no_more_in_a_second_than_is_configured() {
        let mut pace = pace(10);
        let (went, put_off) = run(&mut pace, vec![(0, "grad.rs", true); 200], 10_000);
        assert!((100..=111).contains(&went.len()), "{}", went.len());
        assert_eq!(put_off, 0, "the server's pace puts nothing off");
        assert!(pace.wait(at(10_000)) <= Duration::from_millis(100));
    }

    #[test]
    fn a_domain_that_says_later_rests_longer_each_time_until_it_takes_one() {
        let mut pace = pace(0);
        let mut now = 0;
        for expected in [60, 120, 240] {
            assert_eq!(pace.ask("gmail.com", true, at(now)), Answer::Go);
            pace.done("gmail.com", Went::Later, at(now));
            let Answer::NotBefore(then) = pace.ask("gmail.com", false, at(now + 1)) else { panic!() };
            assert_eq!(then, at(now + expected * 1_000));
            assert_eq!(pace.ask("yahoo.com", true, at(now)), Answer::Go, "others go on");
            pace.done("yahoo.com", Went::Taken, at(now));
            now += expected * 1_000;
        }
        assert_eq!(pace.ask("gmail.com", true, at(now)), Answer::Go);
        assert!(matches!(pace.ask("gmail.com", true, at(now)), Answer::NotBefore(_)), "one finds out");
        pace.done("gmail.com", Went::Taken, at(now));
        assert_eq!(pace.ask("gmail.com", true, at(now + 1)), Answer::Go);
        assert_eq!(pace.resting(at(now)), 0);
    }

    #[test]
    fn one_full_mailbox_says_nothing_of_the_others() {
        assert!(is_about_domain("421 4.7.0 Try again later, closing connection"));
        assert!(
            is_about_domain("451 4.7.28 unusual rate of mail") && is_about_domain("450 too many connections")
        );
        assert!(is_about_domain("transient error (421): 4.3.2 not now"));
        assert!(!is_about_domain("452 4.2.2 mailbox full") && !is_about_domain("450 4.7.1 greylisted"));
        assert!(!is_about_domain("transient error (450): 4.1.8 <x@y.rs>: Sender address rejected"));
    }

    #[test]
    fn memory_is_bounded_by_what_is_under_way() {
        let mut pace = pace(0);
        for n in 0..50_000 {
            let domain = format!("{n}.rs");
            assert_eq!(pace.ask(&domain, true, at(n)), Answer::Go);
            pace.done(&domain, Went::Taken, at(n));
        }
        assert!(pace.domains.len() <= REMEMBERED);
    }
}
