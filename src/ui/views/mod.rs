//! The places in the window, a file each. A view never imports another: they talk through routes and actions.

pub mod project;
