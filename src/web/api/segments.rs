//! `/segments`: kept choices of people; and the tags of a person.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::campaigns::api;
use super::extract::{Asked, Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::domain::campaign::segment::Segment;
use crate::domain::id::{PersonId, SegmentId};
use crate::domain::permission::Right;
use crate::store::segment::KeptSegment;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentDto {
    pub id: i64,
    /// Grows with every change.
    pub version: i64,
    pub name: String,
    #[schema(value_type = Object)]
    pub rule: Segment,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentBody {
    name: String,
    /// `areas` (keys), `categories` (ids), `since` and `until` (days), `tags`, `consent`, `languages`, `address`. All that is said must
    /// hold; of several in one list one is enough.
    #[schema(value_type = Object, example = json!({"areas": ["centre"], "consent": "text_notices"}))]
    rule: Segment,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentSeen {
    version: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleBody {
    #[schema(value_type = Object)]
    rule: Segment,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SizeDto {
    /// How many people it takes in now, counted as far as 100,001.
    pub people: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagsBody {
    tags: Vec<String>,
}

#[utoipa::path(get, path = "/segments", tag = "campaigns", responses((status = 200, body = [SegmentDto])))]
pub async fn list(State(app): State<App>, client: Client) -> Result<Json<Vec<SegmentDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadCampaigns)?;
    Ok(Json(app.db.segments().await?.into_iter().map(dto).collect()))
}

#[utoipa::path(post, path = "/segments", tag = "campaigns", request_body = SegmentBody, responses(
    (status = 201, body = SegmentDto), (status = 422, description = "A choice that cannot be"),
))]
pub async fn add(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<SegmentBody>,
) -> Result<(StatusCode, Json<SegmentDto>), ApiError> {
    let id = app.actions.add_segment(&client.actor(), &body.name, body.rule).await.map_err(api)?;
    let kept = app.db.segment(id).await?.ok_or(ApiError::NotFound)?;
    Ok((StatusCode::CREATED, Json(dto(kept))))
}

#[utoipa::path(put, path = "/segments/{id}", tag = "campaigns", request_body = SegmentBody,
    params(("id" = i64, Path, description = "`id` of a segment"), ("version" = i64, Query, description = "As it was read")), responses(
    (status = 200, description = "As it is now", body = SegmentDto), (status = 409, description = "Changed in the meantime"),
))]
pub async fn change(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Asked(seen): Asked<SegmentSeen>,
    Sent(body): Sent<SegmentBody>,
) -> Result<Json<SegmentDto>, ApiError> {
    let id = SegmentId(id);
    let changed =
        app.actions.change_segment(&client.actor(), (id, seen.version), (&body.name, body.rule)).await;
    changed.map_err(api)?;
    Ok(Json(dto(app.db.segment(id).await?.ok_or(ApiError::NotFound)?)))
}

#[utoipa::path(delete, path = "/segments/{id}", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a segment")), responses(
    (status = 204, description = "Gone; campaigns that took it keep it"), (status = 404, description = "No such segment"),
))]
pub async fn remove(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    app.actions.remove_segment(&client.actor(), SegmentId(id)).await.map_err(api)?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/segments/size", tag = "campaigns", request_body = RuleBody, responses(
    (status = 200, body = SizeDto), (status = 422, description = "A choice that cannot be"),
))]
pub async fn size(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<RuleBody>,
) -> Result<Json<SizeDto>, ApiError> {
    let people = app.actions.segment_size(&client.actor(), &body.rule).await.map_err(api)?;
    Ok(Json(SizeDto { people }))
}

#[utoipa::path(put, path = "/people/{id}/tags", tag = "people", request_body = TagsBody,
    params(("id" = i64, Path, description = "`id` of a person")), responses(
    (status = 200, description = "As they are now", body = TagsBody), (status = 422, description = "No tag"),
))]
pub async fn put_tags(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<TagsBody>,
) -> Result<Json<TagsBody>, ApiError> {
    let id = PersonId(id);
    app.db.person(id).await?.ok_or(ApiError::NotFound)?;
    app.actions.tag_person(&client.actor(), id, &body.tags).await?;
    Ok(Json(TagsBody { tags: app.db.tags_of(id).await? }))
}

fn dto(kept: KeptSegment) -> SegmentDto {
    SegmentDto { id: kept.id.0, version: kept.version, name: kept.name, rule: kept.rule }
}
