//! The data of Starboard, and nothing else: what is known of a delivery account, as plain values.
//!
//! Nothing here reads a clock, a socket or a pixel: the engine fills these records, the store publishes them in one
//! [`snapshot::Snapshot`], and every view reads that. All types are cheap to clone (`Arc` inside) and safe to share.

pub mod account;
pub mod alarm;
pub mod ansi;
pub mod artifact;
pub mod board;
pub mod build;
pub mod command;
pub mod console;
pub mod definition_diff;
pub mod deployment;
pub mod fault;
pub mod filter;
pub mod find;
pub mod focus;
pub mod fold;
pub mod graph;
pub mod grown;
pub mod history;
pub mod ids;
pub mod issue;
pub mod kept;
pub mod ledger;
pub mod level;
pub mod lines;
pub mod link;
pub mod live;
pub mod log;
pub mod log_events;
pub mod mask;
pub mod merge;
pub mod numbers;
pub mod oneshot;
pub mod past;
pub mod pattern;
pub mod permission;
pub mod pipeline;
pub mod release;
pub mod remote;
pub mod repeat;
pub mod repository;
pub mod settings;
pub mod snapshot;
pub mod status;
pub mod sweep;
pub mod table;
pub mod terminal;
pub mod there;
pub mod time;
pub mod trail;
pub mod two_person;
pub mod waterfall;
pub mod why;
