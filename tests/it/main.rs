//! The one integration binary: flows, pictures and the house rules. One binary links once.

// Always so here; it tells clippy that helpers beside the tests may unwrap, as the tests themselves may.
#![cfg(test)]

mod account;
mod approvals;
mod builds;
mod commands;
mod desk;
mod exits;
mod fixture;
mod flow;
mod gate;
mod graph;
mod harness;
mod keyring;
mod keys;
mod live_pane;
mod log_window;
mod panes;
mod past;
mod profiles;
mod project;
mod project_side;
mod project_verbs;
mod readme;
mod replay;
mod samples;
mod tidy;
mod views;
mod wall;
mod why;
mod widgets;
mod wire;
mod wire_builds;
mod wire_live;
mod wire_logs;
mod wire_pipelines;
mod wire_services;
