//! Services of the municipality, and other institutions that cases are forwarded to: one tree.

use super::words::words;

words! {
    DepartmentKind {
        /// Of the municipality; its officers work here.
        Service = "service",
        /// Has officers and ways of its own: what is forwarded to it goes to its address.
        Institution = "institution",
    }
}
