//! What every operation of the API may answer besides what it says of itself: so that no operation forgets it.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};

use super::problem::MEDIA_TYPE;

const NEEDS_TOKEN: (&str, &str) = ("401", "No valid token");
const NOT_ALLOWED: (&str, &str) = ("403", "Not allowed; the detail says by which rule");
const NO_SUCH: (&str, &str) = ("404", "There is no such thing, or it may not be read");
const NOT_THE_JSON: (&str, &str) = ("400", "Not the JSON that is expected");

pub fn complete(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let names_something = path.contains('{');
        for operation in operations(item) {
            let has_body = operation.request_body.is_some();
            let always = [NEEDS_TOKEN, NOT_ALLOWED].into_iter();
            let besides =
                always.chain(names_something.then_some(NO_SUCH)).chain(has_body.then_some(NOT_THE_JSON));
            let answers = &mut operation.responses.responses;
            for (status, words) in besides {
                answers.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::new(words)));
            }
            for (status, answer) in answers {
                if let RefOr::T(answer) = answer
                    && status.starts_with(['4', '5'])
                    && answer.content.is_empty()
                {
                    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
                    answer.content.insert(MEDIA_TYPE.to_owned(), RefOr::T(problem));
                }
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}
