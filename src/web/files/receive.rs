//! A form with files (RFC 7578): each file goes to the disk as it comes, however slowly, and none may be longer than is configured.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};

use crate::actions::file::FILES_AT_ONCE;
use crate::domain::file::{Danger, Kept};
use crate::web::error::WebError;
use crate::web::state::App;

/// All the words of a form together.
const WORDS_BYTES: usize = 256 * 1024;
/// Fields of a form; our largest has some forty.
const FIELDS: usize = 200;

/// What a form carried.
#[derive(Debug, Default)]
pub struct Received {
    /// Name and value, in their order.
    pub fields: Vec<(String, String)>,
    pub files: Vec<Kept>,
    /// Names of those that were not taken, and why.
    pub refused: Vec<(String, Danger)>,
}

impl Received {
    /// The first value; empty when there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn all(&self, name: &str) -> Vec<String> {
        self.fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }
}

pub async fn receive(app: &App, mut form: Multipart) -> Result<Received, WebError> {
    let mut received = Received::default();
    let mut words = 0;
    while let Some(field) = form.next_field().await.map_err(|e| unreadable(app, &e))? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            // A file input that was left alone.
            Some(given) if given.is_empty() => {}
            Some(given) => {
                if received.files.len() + received.refused.len() >= FILES_AT_ONCE {
                    return Err(WebError::Invalid(format!("more than {FILES_AT_ONCE} files at once")));
                }
                let file = keep(app, field, &given).await?;
                match file.danger {
                    Some(danger) => received.refused.push((file.name.to_string(), danger)),
                    None => received.files.push(file),
                }
            }
            None => {
                let value = text(app, field, WORDS_BYTES - words).await?;
                words += value.len();
                if received.fields.len() >= FIELDS {
                    return Err(WebError::Invalid("a form of too many fields".into()));
                }
                received.fields.push((name, value));
            }
        }
    }
    Ok(received)
}

async fn keep(app: &App, mut field: Field<'_>, name: &str) -> Result<Kept, WebError> {
    let declared = field.content_type().map(str::to_owned);
    let longest = app.config.file_bytes();
    let mut file = app.actions.file_arrives().await?;
    while let Some(piece) = field.chunk().await.map_err(|e| unreadable(app, &e))? {
        if file.size() + piece.len() as u64 > longest {
            return Err(WebError::TooLarge { mb: app.config.max_file_mb });
        }
        file.write(&piece).await?;
    }
    Ok(app.actions.keep_arrived(file, name, declared.as_deref()).await?)
}

async fn text(app: &App, mut field: Field<'_>, room: usize) -> Result<String, WebError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|e| unreadable(app, &e))? {
        if bytes.len() + piece.len() > room {
            return Err(WebError::Invalid("a form of too many words".into()));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| WebError::Invalid("a field that is not UTF-8".into()))
}

/// Longer than the whole request may be, or not a form of this kind.
fn unreadable(app: &App, error: &MultipartError) -> WebError {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return WebError::TooLarge { mb: app.config.max_upload_mb };
    }
    WebError::Invalid(error.body_text())
}
