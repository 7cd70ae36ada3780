//! Distributions, as far as surveys need them. The formulas are a page and never change; a crate of statistics would bring its matrices and
//! random numbers along. They are held to the last digits against tables here, and against another package in the trials from outside.

pub(super) mod chi_square;
mod gamma;
pub(super) mod normal;
pub(super) mod student;

/// Lentz's method keeps a step away from zero by this (Numerical Recipes, §5.2).
const TINY: f64 = 1e-300;
/// A step that changes no more ends a series.
const EPSILON: f64 = 1e-16;
