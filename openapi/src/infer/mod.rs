//! From samples and annotations to schemas.

mod constraint;
mod evidence;
mod fields;
mod registry;
mod shape;
mod types;

pub(crate) use evidence::{Evidence, text_kind};
pub(crate) use fields::{Fields, path_text};
pub(crate) use registry::Registry;
pub(crate) use shape::Place;
