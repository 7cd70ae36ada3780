//! Files of a case that go with a mail.

use crate::actions::{ActionError, Actions};
use crate::domain::id::AttachmentId;

impl Actions {
    /// Name, media type and octets. `None`: removed since, or locked away as dangerous.
    pub async fn file_to_send(
        &self,
        id: AttachmentId,
    ) -> Result<Option<(String, String, Vec<u8>)>, ActionError> {
        let db = &self.shared.db;
        let Some(file) = db.attachment(id).await? else { return Ok(None) };
        if file.danger.is_some() {
            return Ok(None);
        }
        let bytes = db.blobs().read(&file.hash).await?;
        Ok(bytes.map(|bytes| (file.name.to_string(), file.kind.media_type().to_owned(), bytes)))
    }
}
