//! Which service gets a case: by its category and by where the problem is. Says why.

use super::id::{CategoryId, DepartmentId};

/// What routing asks a category for.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    pub category: CategoryId,
    /// The service that answers anywhere.
    pub department: Option<DepartmentId>,
    /// The services that answer in one area, by the key of the area.
    pub routes: &'a [Route],
}

/// The service that answers for a category in one area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Key of the area.
    pub area: String,
    pub department: DepartmentId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Routed {
    pub department: Option<DepartmentId>,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// This category has a service of its own in that area.
    Area(CategoryId),
    /// This category has that service everywhere.
    Category(CategoryId),
    /// Neither the category nor any above it has a service that still works.
    Nobody,
}

/// `branch`: the category, then those above it, up to the root. Each is asked for its service in the area, then for its service
/// anywhere, before the one above it is. A service that was retired answers for nothing.
pub fn route<'a>(
    branch: impl IntoIterator<Item = Step<'a>>,
    area: Option<&str>,
    works: impl Fn(DepartmentId) -> bool,
) -> Routed {
    for step in branch {
        let here = area.and_then(|area| step.routes.iter().find(|route| route.area == area));
        if let Some(here) = here.filter(|route| works(route.department)) {
            return Routed { department: Some(here.department), why: Why::Area(step.category) };
        }
        if let Some(department) = step.department.filter(|department| works(*department)) {
            return Routed { department: Some(department), why: Why::Category(step.category) };
        }
    }
    Routed { department: None, why: Why::Nobody }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WATER: DepartmentId = DepartmentId(1);
    const VILLAGE: DepartmentId = DepartmentId(2);

    fn routed(own: Option<DepartmentId>, area: Option<&str>, retired: Option<DepartmentId>) -> Routed {
        let routes = [Route { area: "selo".into(), department: VILLAGE }];
        let below = Step { category: CategoryId(7), department: own, routes: &routes };
        let above = Step { category: CategoryId(3), department: Some(WATER), routes: &[] };
        route([below, above], area, |department| Some(department) != retired)
    }

    #[test]
    fn area_counts_before_the_category_and_the_category_before_the_one_above() {
        let service = |routed: Routed| (routed.department, routed.why);
        assert_eq!(service(routed(None, Some("selo"), None)), (Some(VILLAGE), Why::Area(CategoryId(7))));
        assert_eq!(service(routed(None, Some("centar"), None)), (Some(WATER), Why::Category(CategoryId(3))));
        assert_eq!(service(routed(Some(WATER), None, None)), (Some(WATER), Why::Category(CategoryId(7))));
    }

    #[test]
    fn retired_service_gets_nothing() {
        assert_eq!(routed(None, Some("selo"), Some(VILLAGE)).department, Some(WATER));
        assert_eq!(routed(Some(WATER), None, Some(WATER)), Routed { department: None, why: Why::Nobody });
    }
}
