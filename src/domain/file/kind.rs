//! What a file is.

use crate::domain::words::words;

words! {
    /// Found from the bytes. The word is stored; what a browser is told is [`FileKind::media_type`].
    FileKind {
        Pdf = "pdf",
        Jpeg = "jpeg",
        Png = "png",
        Gif = "gif",
        Webp = "webp",
        Heic = "heic",
        Avif = "avif",
        Tiff = "tiff",
        Bmp = "bmp",
        Text = "text",
        Html = "html",
        Svg = "svg",
        Rtf = "rtf",
        Docx = "docx",
        Xlsx = "xlsx",
        Pptx = "pptx",
        Odt = "odt",
        Ods = "ods",
        Odp = "odp",
        /// Word, Excel, PowerPoint of before 2007, Outlook messages: one container (OLE).
        OldOffice = "old_office",
        Zip = "zip",
        Rar = "rar",
        SevenZip = "7z",
        Gzip = "gzip",
        Mp4 = "mp4",
        Webm = "webm",
        Mp3 = "mp3",
        Wav = "wav",
        Ogg = "ogg",
        Amr = "amr",
        /// Machine code, or a package of it.
        Program = "program",
        Script = "script",
        Unknown = "unknown",
    }
}

impl FileKind {
    /// IANA media type; what is not known is bytes (RFC 2046 §4.5.1).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Avif => "image/avif",
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
            Self::Text => "text/plain",
            Self::Html => "text/html",
            Self::Svg => "image/svg+xml",
            Self::Rtf => "application/rtf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Odp => "application/vnd.oasis.opendocument.presentation",
            Self::OldOffice => "application/x-ole-storage",
            Self::Zip => "application/zip",
            Self::Rar => "application/vnd.rar",
            Self::SevenZip => "application/x-7z-compressed",
            Self::Gzip => "application/gzip",
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Ogg => "audio/ogg",
            Self::Amr => "audio/amr",
            Self::Program | Self::Script | Self::Unknown => "application/octet-stream",
        }
    }

    /// Shown within a page: what browsers draw without running anything that is in it.
    pub fn is_shown_inline(self) -> bool {
        matches!(self, Self::Pdf | Self::Jpeg | Self::Png)
    }

    /// Small pictures of it stand in the gallery.
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png)
    }

    /// What a sender's type claims; `None` for types that claim nothing, or that we know nothing of.
    pub fn of_media_type(declared: &str) -> Option<Self> {
        let bare = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(match bare.as_str() {
            "application/octet-stream" => return None,
            "image/jpg" | "image/pjpeg" => Self::Jpeg,
            "image/x-png" => Self::Png,
            "image/heif" => Self::Heic,
            "application/x-pdf" => Self::Pdf,
            "application/x-zip-compressed" => Self::Zip,
            "application/msword" | "application/vnd.ms-excel" | "application/vnd.ms-powerpoint" => {
                Self::OldOffice
            }
            "video/quicktime" | "audio/mp4" | "audio/x-m4a" | "video/3gpp" => Self::Mp4,
            "audio/x-wav" | "audio/wave" => Self::Wav,
            "text/rtf" => Self::Rtf,
            "text/csv" | "text/xml" | "application/xml" | "application/json" | "text/calendar" => Self::Text,
            known => return Self::ALL.iter().find(|kind| kind.media_type() == known).copied(),
        })
    }

    /// What the ending of a name claims.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension {
            "pdf" => Self::Pdf,
            "jpg" | "jpeg" | "jpe" | "jfif" => Self::Jpeg,
            "png" => Self::Png,
            "gif" => Self::Gif,
            "webp" => Self::Webp,
            "heic" | "heif" => Self::Heic,
            "avif" => Self::Avif,
            "tif" | "tiff" => Self::Tiff,
            "bmp" => Self::Bmp,
            "txt" | "csv" | "xml" | "json" | "log" | "md" => Self::Text,
            "htm" | "html" => Self::Html,
            "svg" => Self::Svg,
            "rtf" => Self::Rtf,
            "docx" => Self::Docx,
            "xlsx" => Self::Xlsx,
            "pptx" => Self::Pptx,
            "odt" => Self::Odt,
            "ods" => Self::Ods,
            "odp" => Self::Odp,
            "doc" | "xls" | "ppt" => Self::OldOffice,
            "zip" => Self::Zip,
            "rar" => Self::Rar,
            "7z" => Self::SevenZip,
            "gz" | "tgz" => Self::Gzip,
            "mp4" | "mov" | "m4a" | "m4v" | "3gp" => Self::Mp4,
            "webm" | "mkv" => Self::Webm,
            "mp3" => Self::Mp3,
            "wav" => Self::Wav,
            "ogg" | "oga" | "opus" => Self::Ogg,
            "amr" => Self::Amr,
            _ => return None,
        })
    }

    /// Whether a file that is said to be this may well be `found`.
    pub(super) fn is_like(self, found: Self) -> bool {
        use FileKind::*;
        let is_text = |kind| matches!(kind, Text | Html | Svg | Rtf | Script);
        self == found
            || is_text(self) && is_text(found) && found != Script
            // Every office document of today is an archive.
            || self == Zip && matches!(found, Docx | Xlsx | Pptx | Odt | Ods | Odp)
            // Old programs call RTF and HTML by the names of office files.
            || self == OldOffice && matches!(found, Rtf | Html | Docx | Xlsx | Pptx)
            || matches!((self, found), (Heic, Avif) | (Avif, Heic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_but_bytes_is_found_again_by_its_media_type() {
        for kind in FileKind::ALL {
            let found = FileKind::of_media_type(kind.media_type());
            assert!(found == Some(*kind) || kind.media_type() == "application/octet-stream", "{kind}");
        }
        assert_eq!(FileKind::of_media_type("Image/JPG; name=a"), Some(FileKind::Jpeg));
        assert_eq!(FileKind::of_media_type("x/y"), None);
    }
}
