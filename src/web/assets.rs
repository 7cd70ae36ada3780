//! Style sheet, script, icon and fonts, embedded by `build.rs` under addresses that contain their hash.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

#[derive(Clone, Copy, Debug)]
pub struct Asset {
    pub path: &'static str,
    pub kind: &'static str,
    pub bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A file under its hash never changes, so browsers need not ask again.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    ALL.iter().fold(Router::new(), |router, asset| {
        router.route(
            asset.path,
            get(async || {
                ([(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, FOR_EVER)], asset.bytes).into_response()
            }),
        )
    })
}
