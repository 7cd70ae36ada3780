//! Files as the reader sees them.

use crate::domain::file::FileKind;
use crate::store::attachment::AttachmentRow;
use crate::web::cases::view::Viewer;
use crate::web::i18n::Locale;

#[derive(Clone, Debug)]
pub struct FileView {
    pub id: i64,
    pub name: String,
    /// `PDF · 1,2 MB`
    pub about: String,
    /// Empty for the citizen.
    pub who: String,
    pub when: String,
    pub when_whole: String,
    pub when_machine: String,
    /// Shown small in the gallery.
    pub is_picture: bool,
    /// Opens in the browser.
    pub is_shown: bool,
    /// Which icon stands for it.
    pub icon: &'static str,
    pub internal: bool,
    /// Is not what its name or its sender says.
    pub mismatch: bool,
    /// Why it is locked away.
    pub danger: Option<String>,
    /// The reader may not take it out.
    pub locked: bool,
}

impl Viewer<'_> {
    pub fn file(&self, row: &AttachmentRow, opens_dangerous: bool) -> FileView {
        let t = self.locale;
        FileView {
            id: row.id.0,
            name: row.name.to_string(),
            about: about(t, row.kind, row.size),
            who: row.added_by.map(|user| self.user(user)).unwrap_or_default(),
            when: t.short(row.added_at),
            when_whole: t.moment(row.added_at),
            when_machine: row.added_at.to_string(),
            is_picture: row.kind.is_picture() && row.danger.is_none(),
            is_shown: row.kind.is_shown_inline() && row.danger.is_none(),
            icon: icon(row.kind),
            internal: row.visibility == crate::domain::timeline::Visibility::Internal,
            mismatch: row.mismatch,
            danger: row.danger.map(|danger| t.word("danger", danger.as_str())),
            locked: row.danger.is_some() && !opens_dangerous,
        }
    }
}

/// What it is and how large, as people say it.
pub fn about(t: &Locale, kind: FileKind, size: i64) -> String {
    let kind = match kind {
        FileKind::Unknown | FileKind::Text | FileKind::OldOffice | FileKind::Program | FileKind::Script => {
            t.word("file-kind", kind.as_str())
        }
        kind => kind.as_str().to_uppercase(),
    };
    format!("{kind} · {}", t.size(size))
}

pub fn icon(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Program | FileKind::Script => "lock",
        _ => "file",
    }
}
