//! What the sender wrote now, apart from the mail that is answered and from the signature. Nothing is thrown away: what is not the sender's
//! own words now is kept beside them.

/// The text of a mail in two pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// What the sender wrote; everything when it cannot be told apart.
    pub own: String,
    /// Signature and quoted mails.
    pub rest: String,
}

/// `history`: what was marked as quoted already.
pub(super) fn separate(text: &str, history: &str) -> Words {
    let lines: Vec<&str> = text.lines().collect();
    let (top, body) = quoted_top(&lines);
    let end = end_of_own(body);
    let (own, tail) = body.split_at(end);
    let own = own.join("\n").trim().to_owned();
    let mut rest = [top.join("\n").as_str(), tail.join("\n").as_str(), history]
        .iter()
        .map(|piece| piece.trim())
        .filter(|piece| !piece.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n");
    // Nothing of their own: forwarded without a word, or written within the quotation.
    if own.is_empty() {
        return Words { own: std::mem::take(&mut rest), rest };
    }
    Words { own, rest }
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// Some write below what they answer: the quotation at the top, with the line that introduces it.
fn quoted_top<'l, 't>(lines: &'l [&'t str]) -> (&'l [&'t str], &'l [&'t str]) {
    let begin = lines.iter().position(|line| is_quoted(line));
    let Some(begin) = begin.filter(|at| lines.iter().take(*at).all(|l| l.trim().is_empty() || introduces(l)))
    else {
        return (&[], lines);
    };
    let quoted =
        lines.iter().skip(begin).take_while(|line| is_quoted(line) || line.trim().is_empty()).count();
    let (top, below) = lines.split_at(begin + quoted);
    // Answers between the quoted lines stay among them.
    if below.iter().any(|line| is_quoted(line)) { (&[], lines) } else { (top, below) }
}

/// The first line that is no longer the sender's.
fn end_of_own(lines: &[&str]) -> usize {
    let marked = lines.iter().enumerate().position(|(at, line)| {
        is_signature(line) || is_divider(line) || is_head(lines.get(at..).unwrap_or_default())
    });
    let marked = marked.unwrap_or(lines.len());
    let quoted = trailing_quotation(lines.get(..marked).unwrap_or(lines));
    let introduced = lines
        .iter()
        .take(quoted)
        .enumerate()
        .rev()
        .take_while(|(_, line)| line.trim().is_empty() || introduces(line) || continues_introduction(line))
        .filter(|(_, line)| introduces(line))
        .map(|(at, _)| at)
        .next();
    match introduced {
        // The line may be broken in two: "Дана 5. маја Општина <..." / "је написао/ла:".
        Some(at) if quoted < marked || marked < lines.len() || quoted == lines.len() => {
            first_of_introduction(lines, at)
        }
        _ => quoted,
    }
}

/// Where the quoted lines at the end begin; the end when there are none, or when own lines stand between them.
fn trailing_quotation(lines: &[&str]) -> usize {
    let own = lines.iter().rposition(|line| !line.trim().is_empty() && !is_quoted(line));
    let end = own.map_or(0, |at| at + 1);
    let begins = lines.iter().skip(end).position(|line| is_quoted(line)).map(|at| end + at);
    // Answers between quoted lines: they make sense only together.
    match begins {
        Some(begins) if !lines.iter().take(end).any(|line| is_quoted(line)) => begins,
        _ => lines.len(),
    }
}

fn first_of_introduction(lines: &[&str], at: usize) -> usize {
    let before = at.checked_sub(1).and_then(|before| lines.get(before));
    match before {
        Some(line) if continues_introduction(line) => at - 1,
        _ => at,
    }
}

/// `-- ` (RFC 3676 §4.3); mail programs lose the blank.
fn is_signature(line: &str) -> bool {
    matches!(line, "-- " | "--" | "-- \t")
}

/// `-----Original Message-----`, `________________________________`
fn is_divider(line: &str) -> bool {
    let line = line.trim();
    if line.len() >= 20 && line.chars().all(|c| c == '_') {
        return true;
    }
    let Some(inner) = line.strip_prefix("--").and_then(|rest| rest.strip_suffix("--")) else { return false };
    let inner = inner.trim_matches(['-', ' ']).to_lowercase();
    const NAMES: [&str; 8] = [
        "original message",
        "originalna poruka",
        "izvorna poruka",
        "оригинална порука",
        "изворна порука",
        "forwarded message",
        "prosleđena poruka",
        "прослеђена порука",
    ];
    NAMES.iter().any(|name| inner.starts_with(name))
}

/// The head that Outlook puts above what it quotes: `From:` and soon after it `Sent:` or `Subject:`.
fn is_head(lines: &[&str]) -> bool {
    const FROM: [&str; 5] = ["from:", "od:", "од:", "šalje:", "шаље:"];
    const FURTHER: [&str; 10] = [
        "sent:",
        "date:",
        "poslato:",
        "послато:",
        "datum:",
        "датум:",
        "subject:",
        "naslov:",
        "tema:",
        "тема:",
    ];
    let begins = |line: &str, words: &[&str]| {
        let line = line.trim_start_matches(['*', ' ']).to_lowercase();
        words.iter().any(|word| line.starts_with(word))
    };
    lines.first().is_some_and(|line| begins(line, &FROM))
        && lines.iter().skip(1).take(4).any(|line| begins(line, &FURTHER))
}

/// "On Monday Ana wrote:", "Ана је написала:"
fn introduces(line: &str) -> bool {
    const ENDS: [&str; 14] = [
        "wrote:",
        "написа:",
        "написао:",
        "написала:",
        "написао/ла:",
        "пише:",
        "napisa:",
        "napisao:",
        "napisala:",
        "napisao/la:",
        "piše:",
        "je napisao/la:",
        "schrieb:",
        "је написао/ла:",
    ];
    let line = line.trim().to_lowercase();
    line.chars().count() <= 300 && ENDS.iter().any(|end| line.ends_with(end))
}

/// The first half of such a line.
fn continues_introduction(line: &str) -> bool {
    const BEGINS: [&str; 8] = ["on ", "дана ", "dana ", "у ", "u ", "am ", "дан ", "dan "];
    let line = line.trim().to_lowercase();
    line.contains('@') && BEGINS.iter().any(|begin| line.starts_with(begin))
}
