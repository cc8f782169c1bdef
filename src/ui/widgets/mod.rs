//! The pieces views are built of. A widget shows what it is given and says what was done; it knows no view and no route.
//!
//! Every one has a name for a screen reader. Main thread, inside a frame.

pub mod age;
pub mod attempts;
pub mod batch_graph;
pub mod build_family;
pub mod build_header;
pub mod build_pane;
pub mod build_verbs;
pub mod button;
pub mod chip;
pub mod commit_list;
pub mod copyable;
pub mod deployment_pane;
pub mod empty;
pub mod execution_list;
pub mod facts;
pub mod fault_banner;
pub mod file_list;
pub mod fleet_grid;
pub mod gate_card;
pub mod glyph;
pub mod jump;
pub mod key_hint;
pub mod local_run;
pub mod log_view;
pub mod menu;
pub mod panel;
pub mod phase_strip;
pub mod pick;
pub mod plots;
pub mod references;
pub mod report_list;
pub mod safe_text;
pub mod scope_chip;
pub mod segments;
pub mod skeleton;
pub mod split;
pub mod splitter;
pub mod stage_graph;
pub mod text_field;
pub mod text_view;
pub mod toast;
pub mod waterfall;
pub mod why_card;
pub mod write;
