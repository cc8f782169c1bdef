//! Paint: what a person sees and touches. Reads one [`crate::model::snapshot::Snapshot`], emits [`action::UiAction`]s.
//!
//! Everything here runs on the main thread, inside a frame: no lock, no await, no file, no work on rows that are not
//! visible. It knows the model and egui, and neither the engine nor AWS.

pub mod action;
pub mod background;
pub mod keys;
pub mod offer;
pub mod route;
pub mod shell;
pub mod theme;
pub mod view;
pub mod views;
pub mod widgets;
