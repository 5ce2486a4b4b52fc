//! What the sources `github` and `gitlab` share: settings that the pipeline knows, and lists
//! that come in pages.

pub(super) mod link;
pub(super) mod pages;
pub(super) mod setting;
